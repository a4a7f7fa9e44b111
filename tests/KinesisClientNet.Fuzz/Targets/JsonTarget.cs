using System.Text.Json;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Service.Json;
using KinesisClientNet.Fuzz.Bodies;

namespace KinesisClientNet.Fuzz.Targets;

/// <summary>The readers of JSON answers. The input's first byte chooses the reader, the rest is the body.</summary>
internal sealed class JsonTarget : FuzzTarget
{
    private const int ExpectedResults = 2;

    private static readonly BodyShape[] Shapes =
    [
        BodyShape.Records, BodyShape.Records, BodyShape.PutRecords, BodyShape.PutRecord, BodyShape.ShardIterator,
        BodyShape.Shards, BodyShape.Consumers, BodyShape.OneConsumer, BodyShape.Stream, BodyShape.Error,
    ];

    private readonly BodyGenerator _generator = new(new JsonBodyWriter());
    private readonly Utf8Interner _interner = new();

    internal override string Name => "json";

    internal override FuzzTarget Fresh() => new JsonTarget();

    /// <summary>What the wire client translates into a malformed answer; InvalidOperationException is Utf8JsonReader's word for a value of another kind.</summary>
    internal override bool IsDocumented(Exception error) => error is FormatException or JsonException or InvalidOperationException;

    internal override void Generate(FuzzInput input, ref FuzzRandom random)
    {
        var reader = random.Below(Shapes.Length);
        input.Clear();
        input.Append((byte)reader);
        _generator.Write(input, Shapes[reader], ref random);
    }

    internal override int Read(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return 0;
        var body = input.Span[1..];
        var reader = input.Span[0] % Shapes.Length;
        return (reader << 16) | Read(reader, body);
    }

    private int Read(int reader, ReadOnlySpan<byte> body)
    {
        switch (reader)
        {
            case 0:
                using (var page = JsonRecords.ReadGetRecords(PooledBuffer.CopyOf(body), _interner))
                    return AnswerChecks.Touch(page.Records, page.ChildShards, body.Length);
            case 1:
                using (var message = PooledBuffer.CopyOf(body))
                using (var shardEvent = JsonRecords.ReadEvent(message, message.WrittenMemory, _interner))
                    return AnswerChecks.Touch(shardEvent.Records, shardEvent.ChildShards, body.Length);
            case 2:
                return AnswerChecks.Touch(JsonPuts.ReadPutRecords(body, ExpectedResults, _interner, null), ExpectedResults);
            case 3:
                return JsonPuts.ReadPutRecord(body, _interner).Succeeded ? 1 : 0;
            case 4:
                return JsonAnswers.ReadShardIterator(body).Length > 0 ? 1 : 0;
            case 5:
                return Math.Min(JsonAnswers.ReadShardsPage(body).Shards.Count, 7);
            case 6:
                return Math.Min(JsonAnswers.ReadConsumersPage(body).Consumers.Count, 7);
            case 7:
                return JsonAnswers.ReadConsumer(body).StreamArn is null ? 0 : 1;
            case 8:
                return JsonAnswers.ReadStream(body).ToString() is null ? 0 : 1;
            default:
                return (int)ServiceErrors.Read(KinesisOperation.GetRecords, "host", Response(body), null, null).Kind;
        }
    }

    private static WireResponse Response(ReadOnlySpan<byte> body)
    {
        var buffer = new PooledBuffer(body.Length);
        buffer.Write(body);
        return new(400, KinesisWireFormat.Json, "request", buffer);
    }
}
