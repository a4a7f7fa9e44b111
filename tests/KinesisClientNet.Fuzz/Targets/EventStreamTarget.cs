using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text.Json;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.EventStream;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Service.Json;
using KinesisClientNet.Fuzz.Bodies;

namespace KinesisClientNet.Fuzz.Targets;

/// <summary>The decoder of SubscribeToShard's stream: the same messages come out whether the bytes lie in one piece or in many.</summary>
internal sealed class EventStreamTarget : FuzzTarget
{
    private static readonly string[] HeaderNames = [":message-type", ":event-type", ":exception-type", ":error-code", ":error-message", ":content-type", "other"];
    private static readonly string[] HeaderValues = ["event", "exception", "error", "SubscribeToShardEvent", "initial-response", "ResourceInUseException", "", "x"];

    private readonly BodyGenerator _generator = new(new JsonBodyWriter());
    private readonly Utf8Interner _interner = new();
    private readonly FuzzInput _payload = new();
    private readonly List<(EventStreamMessageType Type, string Name, string? Error, byte[] Payload)> _messages = [];

    internal override string Name => "eventstream";

    internal override FuzzTarget Fresh() => new EventStreamTarget();

    internal override bool IsDocumented(Exception error) => error is FormatException;

    internal override void Generate(FuzzInput input, ref FuzzRandom random)
    {
        using var stream = new PooledBuffer();
        Span<KeyValuePair<string, string>> headers = new KeyValuePair<string, string>[4];
        for (var i = random.Below(3); i >= 0; i--)
        {
            _payload.Clear();
            _generator.Write(_payload, random.OneIn(8) ? BodyShape.Error : BodyShape.Records, ref random);
            var kind = random.Below(4);
            if (kind <= 1)
            {
                EventStreamWriter.WriteEvent(stream, kind == 0 ? "SubscribeToShardEvent" : "initial-response", _payload.Span);
            }
            else if (kind == 2)
            {
                EventStreamWriter.WriteException(stream, "InternalFailureException", _payload.Span);
            }
            else
            {
                var count = random.Below(headers.Length + 1);
                foreach (ref var header in headers[..count])
                    header = new(random.Pick<string>(HeaderNames), random.Pick<string>(HeaderValues));
                EventStreamWriter.Write(stream, headers[..count], _payload.Span);
            }
        }

        input.Set(stream.WrittenSpan);
    }

    /// <summary>Puts lengths that fit and all checksums right, message by message.</summary>
    internal override void Repair(FuzzInput input)
    {
        var rest = input.Span;
        while (rest.Length >= EventStreamFormat.Overhead)
        {
            var total = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (total < EventStreamFormat.Overhead || total > rest.Length)
                BinaryPrimitives.WriteInt32BigEndian(rest, (int)(total = (uint)rest.Length));
            BinaryPrimitives.WriteUInt32BigEndian(rest[8..], Crc32.HashToUInt32(rest[..8]));
            var message = rest[..(int)total];
            BinaryPrimitives.WriteUInt32BigEndian(message[^4..], Crc32.HashToUInt32(message[..^4]));
            rest = rest[(int)total..];
        }
    }

    internal override int Read(ReadOnlyMemory<byte> input)
    {
        _messages.Clear();
        var error = Decode(new(input));
        var whole = _messages.ToArray();
        _messages.Clear();
        var errorInPieces = Decode(InPieces(input));
        Require(error?.Message == errorInPieces?.Message, $"in one piece: {error?.Message}; in many: {errorInPieces?.Message}");
        Require(whole.Length == _messages.Count, "the number of messages depends on how the bytes are cut");
        var feature = 0;
        for (var i = 0; i < whole.Length; i++)
        {
            var (a, b) = (whole[i], _messages[i]);
            Require(a.Type == b.Type && a.Name == b.Name && a.Error == b.Error && a.Payload.AsSpan().SequenceEqual(b.Payload), "a message depends on how the bytes are cut");
            feature = (feature * 7) + (int)a.Type + ReadPayload(a.Name, a.Payload);
        }

        return error is null ? feature : throw error;
    }

    private int ReadPayload(string name, byte[] payload)
    {
        if (name != "SubscribeToShardEvent")
            return 0;
        try
        {
            using var message = PooledBuffer.CopyOf(payload);
            using var shardEvent = JsonRecords.ReadEvent(message, message.WrittenMemory, _interner);
            return 1 + AnswerChecks.Touch(shardEvent.Records, shardEvent.ChildShards, payload.Length);
        }
        catch (Exception refused) when (refused is FormatException or JsonException or InvalidOperationException)
        {
            return 1;
        }
    }

    private FormatException? Decode(ReadOnlySequence<byte> buffer)
    {
        try
        {
            while (true)
            {
                var before = buffer.Length;
                if (!EventStreamDecoder.TryRead(ref buffer, out var message))
                    return null;
                Require(buffer.Length < before, "a message took no bytes");
                _messages.Add((message.Type, message.Name, message.ErrorMessage, message.Payload.ToArray()));
            }
        }
        catch (FormatException refused)
        {
            return refused;
        }
    }

    /// <summary>Cuts the bytes at places that follow from them.</summary>
    private static ReadOnlySequence<byte> InPieces(ReadOnlyMemory<byte> input)
    {
        if (input.Length < 2)
            return new(input);
        var random = new FuzzRandom(Crc32.HashToUInt32(input.Span));
        var first = new Piece(input[..(1 + random.Below(Math.Min(input.Length - 1, 40)))], 0);
        var last = first;
        for (var at = first.Memory.Length; at < input.Length;)
        {
            var length = Math.Min(input.Length - at, 1 + random.Below(random.OneIn(4) ? 500 : 12));
            last = last.Append(input.Slice(at, length));
            at += length;
        }

        return new(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        internal Piece(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        internal Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
