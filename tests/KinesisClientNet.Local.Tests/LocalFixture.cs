using System.Text;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Local.Tests;

/// <summary>A local service with one stream, a fake clock, and short words for what tests do with them.</summary>
internal sealed class LocalFixture
{
    public const string StreamName = "orders";

    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public LocalFixture(int shards = 1, LocalKinesisOptions? options = null)
    {
        Kinesis = new(Clock, options);
        if (shards > 0)
            Kinesis.AddStream(StreamName, shards);
    }

    public FakeTimeProvider Clock { get; } = new(Start);

    public LocalKinesis Kinesis { get; }

    public LocalStream Stream => Kinesis.Stream(StreamName);

    public StreamReference Reference { get; } = new(StreamName);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(in KinesisRecord record) => Encoding.UTF8.GetString(record.Data.Span);

    public ValueTask<PutRecordsResultEntry> PutAsync(string text, UInt128? hashKey = null) => Stream.PutAsync("key", Bytes(text), hashKey);

    public ValueTask<string> IteratorAsync(StartingPosition position, string? shardId = null) =>
        Kinesis.GetShardIteratorAsync(Reference, shardId ?? "shardId-000000000000", position, Token);

    public ValueTask<GetRecordsPage> PageAsync(string iterator, int? limit = null) =>
        Kinesis.GetRecordsAsync(new(Reference, iterator, limit), Token);

    /// <summary>Follows the pages until one is caught up or the shard ends.</summary>
    public async Task<List<KinesisRecord>> ReadAsync(StartingPosition position, string? shardId = null, int? limit = null)
    {
        var records = new List<KinesisRecord>();
        var iterator = await IteratorAsync(position, shardId);
        while (true)
        {
            using var page = await PageAsync(iterator, limit);
            records.AddRange(page.Records);
            if (page.NextShardIterator is null || page.MillisBehindLatest == 0)
                return records;
            iterator = page.NextShardIterator;
        }
    }

    public async Task<string[]> TextsAsync(StartingPosition position, string? shardId = null) =>
        [.. (await ReadAsync(position, shardId)).Select(static record => Text(record))];

    public static async Task<KinesisApiException> RefusedAsync<T>(ValueTask<T> call, string code)
    {
        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await call);
        Assert.Equal(code, error.Code);
        return error;
    }

    public static KinesisApiException Refused(Action call, string code)
    {
        var error = Assert.Throws<KinesisApiException>(call);
        Assert.Equal(code, error.Code);
        return error;
    }
}
