using CsCheck;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Invariants;

/// <summary>The invariants of kinesis-service.md §17 on random pasts of a stream. 9 and 10 need the server: see its folder.</summary>
public class ServiceInvariants
{
    private const int Iterations = 150;

    [Fact]
    public Task I1_open_shards_tile_the_hash_space_after_every_deed() => SampleAsync(async (shards, deeds) =>
    {
        var history = new StreamHistory(shards);
        foreach (var deed in deeds)
        {
            await history.DoAsync(deed);
            var listed = await ShardLister.ListAsync(history.Local.Kinesis, history.Local.Reference, null, LocalFixture.Token);
            Assert.Empty(ShardMap.Create(listed).Problems);
        }
    });

    [Fact]
    public Task I2_each_record_lands_in_the_open_shard_of_its_hash() => SampleAsync(async (shards, deeds) =>
    {
        var history = new StreamHistory(shards);
        foreach (var deed in deeds)
        {
            var map = ShardMap.Create(history.Local.Stream.ListShards());
            var before = history.Acknowledged.Count;
            await history.DoAsync(deed);
            foreach (var record in history.Acknowledged.Skip(before))
            {
                Assert.True(map.TryFind(record.HashKey, out var shard));
                Assert.Equal(shard.ShardId, record.ShardId);
            }
        }
    });

    [Fact]
    public Task I3_numbers_rise_inside_a_shard_and_from_parents_to_children() => SampleAsync(async (shards, deeds) =>
    {
        var history = new StreamHistory(shards, new() { SequenceGaps = true });
        await history.DoAllAsync(deeds.Where(static deed => deed.Kind != DeedKind.LongWait));

        foreach (var shard in history.Acknowledged.GroupBy(static record => record.ShardId))
            Assert.All(shard.Zip(shard.Skip(1)), static pair => Assert.True(pair.First.Number < pair.Second.Number));
        var listed = history.Local.Stream.ListShards();
        var byId = listed.ToDictionary(static shard => shard.ShardId);
        foreach (var child in listed)
        {
            foreach (var parent in new[] { child.ParentShardId, child.AdjacentParentShardId }.OfType<string>())
                Assert.True(byId[parent].EndingSequenceNumber < child.StartingSequenceNumber);
        }

        foreach (var record in history.Acknowledged)
        {
            Assert.True(record.Number > byId[record.ShardId].StartingSequenceNumber);
            Assert.True(byId[record.ShardId].EndingSequenceNumber is not { } end || record.Number < end);
        }
    });

    [Fact]
    public Task I4_pages_from_any_position_and_limit_are_the_suffix_of_the_shard() => SampleAsync(async (shards, deeds) =>
    {
        var history = new StreamHistory(shards);
        await history.DoAllAsync(deeds);
        foreach (var shard in history.Local.Stream.ListShards())
        {
            var expected = history.Expected(shard.ShardId);
            var limit = 1 + (deeds.Length % 7);
            Assert.Equal(expected, await ReadAllAsync(history, shard.ShardId, StartingPosition.TrimHorizon, limit));
            Assert.Equal(expected, await ReadAllAsync(history, shard.ShardId, StartingPosition.At(shard.StartingSequenceNumber), limit));
            Assert.Empty(await ReadAllAsync(history, shard.ShardId, StartingPosition.Latest, limit));
            var records = history.Local.Stream.Records(shard.ShardId);
            for (var i = 0; i < records.Count; i++)
            {
                var (number, arrival) = (records[i].SequenceNumber, records[i].ApproximateArrivalTimestamp);
                Assert.Equal(expected.Skip(i), await ReadAllAsync(history, shard.ShardId, StartingPosition.At(number), limit));
                Assert.Equal(expected.Skip(i + 1), await ReadAllAsync(history, shard.ShardId, StartingPosition.After(number), limit));
                var since = records.TakeWhile(record => record.ApproximateArrivalTimestamp < arrival).Count();
                Assert.Equal(expected.Skip(since), await ReadAllAsync(history, shard.ShardId, StartingPosition.AtTimestamp(arrival), limit));
            }
        }
    });

    [Fact]
    public Task I5_subscriptions_continued_across_takeovers_and_ends_are_the_same_suffix() => SampleAsync(async (shards, deeds) =>
    {
        var history = new StreamHistory(shards);
        var local = history.Local;
        var consumer = await local.Kinesis.RegisterStreamConsumerAsync(local.Stream.Arn, "billing", LocalFixture.Token);
        var reader = new ContinuedSubscription(local, consumer, "shardId-000000000000");
        foreach (var deed in deeds.Where(static deed => deed.Kind != DeedKind.LongWait))
        {
            await history.DoAsync(deed);
            if (deed.Number % 3 == 0)
                await reader.ReadAsync(1 + (deed.Number % 4));
        }

        await reader.ReadToTipAsync();
        Assert.Equal(history.Expected("shardId-000000000000"), reader.Texts);
    });

    [Fact]
    public Task I6_walking_the_lineage_from_any_filter_reaches_every_later_record_once() => SampleAsync(async (shards, deeds) =>
    {
        var history = new StreamHistory(shards);
        var half = deeds.Length / 2;
        await history.DoAllAsync(deeds.Take(half).Where(static deed => deed.Kind != DeedKind.LongWait));
        history.Local.Clock.Advance(TimeSpan.FromSeconds(1));
        var moment = history.Local.Clock.GetUtcNow();
        var atLatest = await ListAsync(history, new(ShardFilterType.AtLatest));
        var latest = new Dictionary<string, string>();
        foreach (var shard in atLatest)
            latest[shard.ShardId] = await history.Local.IteratorAsync(StartingPosition.Latest, shard.ShardId);
        var known = history.Acknowledged.Count;
        history.Local.Clock.Advance(TimeSpan.FromSeconds(1));
        await history.DoAllAsync(deeds.Skip(half).Where(static deed => deed.Kind is not (DeedKind.LongWait or DeedKind.Wait)));

        var later = history.Acknowledged.Skip(known).Select(static record => record.Text).Order().ToArray();
        var all = history.Acknowledged.Select(static record => record.Text).Order().ToArray();
        Assert.Equal(later, (await WalkAsync(history, latest)).Order());
        Assert.Equal(later, (await WalkAsync(history, await IteratorsAsync(history, new(ShardFilterType.AtTimestamp, null, moment), StartingPosition.AtTimestamp(moment)))).Order());
        Assert.Equal(all, (await WalkAsync(history, await IteratorsAsync(history, new(ShardFilterType.AtTrimHorizon), StartingPosition.TrimHorizon))).Order());
    });

    [Fact]
    public Task I7_trimmed_records_are_never_returned_and_the_horizon_never_goes_back() => SampleAsync(async (shards, deeds) =>
    {
        var history = new StreamHistory(shards);
        var seenGone = new HashSet<string>();
        foreach (var deed in deeds)
        {
            await history.DoAsync(deed.Kind == DeedKind.Wait ? deed with { Kind = DeedKind.LongWait } : deed);
            var readable = new HashSet<string>();
            foreach (var shard in history.Local.Stream.ListShards())
                readable.UnionWith(await ReadAllAsync(history, shard.ShardId, StartingPosition.TrimHorizon, 100));
            var horizon = history.Local.Clock.GetUtcNow().AddHours(-24);
            Assert.All(history.Acknowledged, record => Assert.True(record.Arrival >= horizon || !readable.Contains(record.Text)));
            Assert.Empty(seenGone.Intersect(readable));
            seenGone.UnionWith(history.Acknowledged.Select(static record => record.Text).Except(readable));
        }
    });

    [Fact]
    public Task I8_failed_entries_are_counted_and_not_readable() => SampleAsync(async (shards, deeds) =>
    {
        // Records of 100 KB against 1 MiB/s: some fail. The payload starts with its number.
        var local = new LocalFixture(shards, new() { Throttling = LocalThrottling.Strict });
        var acknowledged = new List<int>();
        var number = 0;
        foreach (var deed in deeds)
        {
            var entries = new PutRecordsEntry[1 + (deed.Number % 12)];
            for (var i = 0; i < entries.Length; i++)
            {
                var data = new byte[100_000];
                BitConverter.TryWriteBytes(data, number + i);
                entries[i] = new(data, "key", deed.HashKey);
            }

            var response = await local.Kinesis.PutRecordsAsync(new(local.Reference, entries), LocalFixture.Token);
            Assert.Equal(response.Records.Count(static result => result.ErrorCode is not null), response.FailedRecordCount);
            for (var i = 0; i < entries.Length; i++)
            {
                if (response.Records[i].Succeeded)
                    acknowledged.Add(number + i);
                else
                    Assert.Null(response.Records[i].ShardId);
            }

            number += entries.Length;
            local.Clock.Advance(TimeSpan.FromMilliseconds(deed.Number));
        }

        Assert.Equal(acknowledged, local.Stream.Records().Select(static record => BitConverter.ToInt32(record.Data.Span)).Order());
    });

    private static Task SampleAsync(Func<int, Deed[], Task> check) =>
        StreamHistory.Histories.SampleAsync(history => check(history.Shards, history.Deeds), iter: Iterations, threads: 1);

    private static async Task<Shard[]> ListAsync(StreamHistory history, ShardFilter filter) =>
        [.. await ShardLister.ListAsync(history.Local.Kinesis, history.Local.Reference, filter, LocalFixture.Token)];

    private static async Task<Dictionary<string, string>> IteratorsAsync(StreamHistory history, ShardFilter filter, StartingPosition position)
    {
        var iterators = new Dictionary<string, string>();
        foreach (var shard in await ListAsync(history, filter))
            iterators[shard.ShardId] = await history.Local.IteratorAsync(position, shard.ShardId);
        return iterators;
    }

    /// <summary>Reads the shards and, at the end of each, its children that nobody has yet, from their beginning.</summary>
    private static async Task<List<string>> WalkAsync(StreamHistory history, Dictionary<string, string> iterators)
    {
        var texts = new List<string>();
        var started = iterators.Keys.ToHashSet();
        var queue = new Queue<string>(iterators.Values);
        while (queue.TryDequeue(out var iterator))
        {
            while (true)
            {
                using var page = await history.Local.PageAsync(iterator, limit: 3);
                texts.AddRange(page.Records.Select(static record => LocalFixture.Text(record)));
                foreach (var child in page.ChildShards)
                {
                    Assert.Null(page.NextShardIterator);
                    if (started.Add(child.ShardId))
                        queue.Enqueue(await history.Local.IteratorAsync(StartingPosition.TrimHorizon, child.ShardId));
                }

                if (page.NextShardIterator is null || page.MillisBehindLatest == 0)
                {
                    Assert.True(page.NextShardIterator is not null || page.ChildShards.Count > 0);
                    break;
                }

                iterator = page.NextShardIterator;
            }
        }

        return texts;
    }

    private static async Task<string[]> ReadAllAsync(StreamHistory history, string shardId, StartingPosition position, int limit) =>
        [.. (await history.Local.ReadAsync(position, shardId, limit)).Select(static record => LocalFixture.Text(record))];
}
