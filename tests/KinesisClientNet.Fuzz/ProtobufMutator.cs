using KinesisClientNet.Core.Aggregation;

namespace KinesisClientNet.Fuzz;

/// <summary>Mutates whole protobuf fields and keeps the lengths around them right, so that the mutant reaches the checks behind the parser.</summary>
internal sealed class ProtobufMutator
{
    private readonly List<(int Start, int Length, uint Tag)> _fields = [];
    private readonly FuzzInput _content = new();

    /// <summary>Changes one field of the message that lies at a place of the input.</summary>
    /// <returns>False when the message has no fields.</returns>
    internal bool TryMutate(FuzzInput input, int start, int end, ByteMutator bytes, ref FuzzRandom random)
    {
        FindFields(input.Span[start..end], start);
        if (_fields.Count == 0)
            return false;
        var field = _fields[random.Below(_fields.Count)];
        var other = _fields[random.Below(_fields.Count)];
        switch (random.Below(5))
        {
            case 0:
                input.Remove(field.Start, field.Length);
                break;
            case 1:
                input.Insert(other.Start, input.Span.Slice(field.Start, field.Length).ToArray());
                break;
            case 2:
                var moved = input.Span.Slice(field.Start, field.Length).ToArray();
                input.Remove(field.Start, field.Length);
                input.Insert(Math.Min(other.Start, input.Length - AggregatedRecordFormat.DigestBytes), moved);
                break;
            default:
                RewriteContent(input, field, bytes, ref random);
                break;
        }

        return true;
    }

    private void RewriteContent(FuzzInput input, (int Start, int Length, uint Tag) field, ByteMutator bytes, ref FuzzRandom random)
    {
        var reader = new ProtobufReader(input.Span.Slice(field.Start, field.Length));
        reader.TryReadTag(out var tag);
        if ((tag & 7) != 2 || !reader.TryReadSlice(out var at, out var length))
        {
            input.Span[field.Start] = random.Pick<byte>([0x0A, 0x12, 0x1A, 0x08, 0x10, 0x22, 0x2B, 0x2C]);
            return;
        }

        _content.Set(input.Span.Slice(field.Start + at, length));
        bytes.Mutate(_content, default, ref random);
        Span<byte> head = stackalloc byte[8];
        head[0] = random.OneIn(16) ? random.Byte() : input.Span[field.Start];
        var headLength = 1 + AggregatedRecordFormat.WriteVarint(head[1..], (uint)_content.Length);
        input.Replace(field.Start, field.Length, head[..headLength]);
        input.Insert(field.Start + headLength, _content.Span);
    }

    private void FindFields(ReadOnlySpan<byte> message, int offset)
    {
        _fields.Clear();
        var reader = new ProtobufReader(message);
        while (!reader.IsAtEnd)
        {
            var start = reader.Position;
            if (!reader.TryReadTag(out var tag) || !reader.TrySkip(tag))
                return;
            _fields.Add((offset + start, reader.Position - start, tag));
        }
    }
}
