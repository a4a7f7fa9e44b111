using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>One test's view of one server: its clients, what is known of its differences, and the streams to remove afterwards.</summary>
public sealed class KinesisSession(IKinesisApi api, IKinesisAdmin admin, Quirk quirks, Func<ValueTask> close) : IAsyncDisposable
{
    private const int CreatingLimitRetries = 200;
    private readonly List<StreamReference> _streams = [];

    public IKinesisApi Api { get; } = api;

    public IKinesisAdmin Admin { get; } = admin;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public bool Has(Quirk quirk) => quirks.HasFlag(quirk);

    /// <summary>A name that no other test uses, also on an account that others share.</summary>
    public static string NewName() => $"knet-{Guid.NewGuid():N}";

    public async Task<StreamReference> CreateStreamAsync(int? shards)
    {
        var stream = new StreamReference(NewName());
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Admin.CreateStreamAsync(stream.Name!, shards, cancellationToken: Cancelled);
                break;
            }
            catch (KinesisApiException e) when (e.Kind == KinesisErrorKind.LimitExceeded && attempt < CreatingLimitRetries)
            {
                // At most five streams may be CREATING at once, over all tests of a server.
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancelled);
            }
        }

        _streams.Add(stream);
        await ActiveAsync(stream);
        return stream;
    }

    public Task ActiveAsync(StreamReference stream) => Eventually.TrueAsync(
        async () => (await Api.DescribeStreamSummaryAsync(stream, Cancelled)).StreamStatus == "ACTIVE", $"{stream} is ACTIVE");

    public async Task<string> ArnAsync(StreamReference stream) => (await Api.DescribeStreamSummaryAsync(stream, Cancelled)).StreamArn;

    public Task<IReadOnlyList<Shard>> ShardsAsync(StreamReference stream, ShardFilter? filter = null) => ShardLister.ListAsync(Api, stream, filter, Cancelled);

    public async Task<IReadOnlyList<Shard>> OpenShardsAsync(StreamReference stream) =>
        [.. (await ShardsAsync(stream)).Where(shard => shard.IsOpen).OrderBy(shard => shard.HashKeyRange.Start)];

    public Task<PutRecordsResultEntry> PutAsync(StreamReference stream, string key, string text, UInt128? hashKey = null) =>
        Api.PutRecordAsync(stream, new(System.Text.Encoding.UTF8.GetBytes(text), key, hashKey), cancellationToken: Cancelled).AsTask();

    /// <summary>Reads from an iterator until the shard ends or <paramref name="count"/> records are there, and says which.</summary>
    public async Task<ShardReading> ReadAsync(StreamReference stream, string shardId, StartingPosition position, int count, int limit = 1_000)
    {
        var reading = new ShardReading();
        var iterator = await Api.GetShardIteratorAsync(stream, shardId, position, Cancelled);
        await Eventually.TrueAsync(
            async () =>
            {
                using var page = await Api.GetRecordsAsync(new(stream, iterator, limit), Cancelled);
                reading.Add(page);
                iterator = page.NextShardIterator;
                return reading.HasEnded || reading.Records.Count >= count;
            },
            $"{count} records of {shardId} are read");
        return reading;
    }

    /// <summary>Reads a closed shard to its end.</summary>
    public Task<ShardReading> ReadToEndAsync(StreamReference stream, string shardId, int limit = 1_000) =>
        ReadAsync(stream, shardId, StartingPosition.TrimHorizon, int.MaxValue, limit);

    public async ValueTask DisposeAsync()
    {
        foreach (var stream in _streams)
        {
            try
            {
                await Admin.DeleteStreamAsync(stream, enforceConsumerDeletion: true, CancellationToken.None);
            }
            catch (KinesisApiException e) when (e.Kind is KinesisErrorKind.NotFound or KinesisErrorKind.ResourceInUse)
            {
                // The test deleted it itself.
            }
        }

        await close();
    }
}
