using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Cbor;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Fuzz.Bodies;

namespace KinesisClientNet.Fuzz.Targets;

/// <summary>The readers of CBOR answers. The input's first byte chooses the reader, the rest is the body.</summary>
internal sealed class CborTarget : FuzzTarget
{
    private const int ExpectedResults = 2;

    private static readonly BodyShape[] Shapes = [BodyShape.Records, BodyShape.PutRecords, BodyShape.PutRecord, BodyShape.Error];

    private readonly BodyGenerator _generator = new(new CborBodyWriter());
    private readonly Utf8Interner _interner = new();

    internal override string Name => "cbor";

    internal override FuzzTarget Fresh() => new CborTarget();

    /// <summary>CborSpanReader: every fault is a FormatException.</summary>
    internal override bool IsDocumented(Exception error) => error is FormatException;

    internal override void Generate(FuzzInput input, ref FuzzRandom random)
    {
        var reader = random.OneIn(2) ? 0 : random.Below(Shapes.Length);
        input.Clear();
        input.Append((byte)reader);
        _generator.Write(input, Shapes[reader], ref random);
    }

    internal override int Read(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return 0;
        var body = input[1..];
        var reader = input.Span[0] % Shapes.Length;
        return (reader << 16) | reader switch
        {
            0 => ReadRecords(body.Span),
            1 => AnswerChecks.Touch(CborAnswers.ReadPutRecords(body.Span, ExpectedResults, _interner, null), ExpectedResults),
            2 => CborAnswers.ReadPutRecord(body.Span, _interner).Succeeded ? 1 : 0,
            _ => (int)ServiceErrors.Read(KinesisOperation.GetRecords, "host", Response(body.Span), null, null).Kind,
        };
    }

    private int ReadRecords(ReadOnlySpan<byte> body)
    {
        using var response = Response(body);
        using var page = CborRecords.Read(response, _interner);
        return AnswerChecks.Touch(page.Records, page.ChildShards, body.Length) | (page.NextShardIterator is null ? 0 : 1);
    }

    private static WireResponse Response(ReadOnlySpan<byte> body)
    {
        var buffer = new PooledBuffer(body.Length);
        buffer.Write(body);
        return new(400, KinesisWireFormat.Cbor, "request", buffer);
    }
}
