using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>Split, merge, update count: lineage, ends of shards, filters.</summary>
public sealed class ReshardConformance(Targets targets) : IClassFixture<Targets>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_split_closes_the_parent_and_tiles_it_with_two_children(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, parent, children) = await SplitAsync(kinesis);

        Assert.Equal(2, children.Count);
        Assert.All(children, child => Assert.Equal((parent.ShardId, null), (child.ParentShardId, child.AdjacentParentShardId)));
        Assert.Equal(
            [new HashKeyRange(0, Middle - 1), new HashKeyRange(Middle, parent.HashKeyRange.End)], children.Select(child => child.HashKeyRange));
        Assert.All(children, child => Assert.True(child.StartingSequenceNumber > parent.StartingSequenceNumber));
        var closed = (await kinesis.ShardsAsync(stream)).Single(shard => shard.ShardId == parent.ShardId);
        Assert.False(closed.IsOpen);
        if (kinesis.Has(Quirk.ConstantEndingSequenceNumber))
            Assert.True(closed.EndingSequenceNumber < closed.StartingSequenceNumber);
        else
            Assert.True(closed.EndingSequenceNumber > closed.StartingSequenceNumber);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_closed_shard_ends_once_and_names_its_children(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, parent, children) = await SplitAsync(kinesis, recordsBefore: 4);

        var reading = await kinesis.ReadToEndAsync(stream, parent.ShardId, limit: 3);

        Assert.Equal(["before 0", "before 1", "before 2", "before 3"], reading.Texts);
        Assert.Equal(children.Select(child => child.ShardId), reading.Children.OrderBy(child => child.HashKeyRange.Start).Select(child => child.ShardId));
        Assert.All(reading.Children, child => Assert.Equal([parent.ShardId], child.ParentShards));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Records_after_a_split_land_in_the_children_with_greater_numbers(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, parent, children) = await SplitAsync(kinesis, recordsBefore: 2);
        var last = (await kinesis.ReadToEndAsync(stream, parent.ShardId)).Records[^1].SequenceNumber;

        var low = await kinesis.PutAsync(stream, "k", "low", Middle - 1);
        var high = await kinesis.PutAsync(stream, "k", "high", Middle);

        Assert.Equal(children.Select(child => child.ShardId), [low.ShardId!, high.ShardId!]);
        Assert.True(low.SequenceNumber > last && high.SequenceNumber > last);
        Assert.Equal(["low"], (await kinesis.ReadAsync(stream, low.ShardId!, StartingPosition.TrimHorizon, 1)).Texts);
        Assert.Equal(["high"], (await kinesis.ReadAsync(stream, high.ShardId!, StartingPosition.TrimHorizon, 1)).Texts);
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task A_merge_closes_two_neighbours_and_opens_one_over_both(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(2);
        var parents = await kinesis.OpenShardsAsync(stream);
        await kinesis.PutAsync(stream, "k", "low", 0);
        await kinesis.PutAsync(stream, "k", "high", UInt128.MaxValue);

        await kinesis.Admin.MergeShardsAsync(stream, parents[0].ShardId, parents[1].ShardId, Cancelled);
        await kinesis.ActiveAsync(stream);

        var child = Assert.Single(await kinesis.OpenShardsAsync(stream));
        Assert.Equal(HashKeyRange.Full, child.HashKeyRange);
        Assert.Equal((parents[0].ShardId, parents[1].ShardId), (child.ParentShardId, child.AdjacentParentShardId));
        if (!kinesis.Has(Quirk.MergedStartIsTheParents))
            Assert.All(parents, parent => Assert.True(child.StartingSequenceNumber > parent.StartingSequenceNumber));
        foreach (var (parent, text) in parents.Zip(["low", "high"]))
        {
            var reading = await kinesis.ReadToEndAsync(stream, parent.ShardId);
            Assert.Equal([text], reading.Texts);
            Assert.Equal(child.ShardId, Assert.Single(reading.Children).ShardId);
        }
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Scaling_up_and_down_keeps_the_hash_space_covered_and_every_record_readable(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(2);
        var written = new List<string>();

        foreach (var count in new[] { 4, 2 })
        {
            written.AddRange(await PutSpreadAsync(kinesis, stream, $"before {count}"));
            await kinesis.Admin.UpdateShardCountAsync(stream, count, Cancelled);
            await kinesis.ActiveAsync(stream);
            var open = await kinesis.OpenShardsAsync(stream);
            Assert.Equal(count, open.Count);
            Assert.Empty(ShardMap.Create(open).Problems);
        }

        written.AddRange(await PutSpreadAsync(kinesis, stream, "at last"));
        Assert.Equal(written.Order(StringComparer.Ordinal), (await ReadLineageAsync(kinesis, stream)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Filters_tell_open_later_and_first_shards(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var (stream, parent, children) = await SplitAsync(kinesis);
        string[] both = [.. children.Select(child => child.ShardId).Order(StringComparer.Ordinal)];
        string[] all = [parent.ShardId, .. both];

        Assert.Equal(both, await ListedAsync(kinesis, stream, new(ShardFilterType.AtLatest)));
        Assert.Equal(both, await ListedAsync(kinesis, stream, new(ShardFilterType.AfterShardId, parent.ShardId)));
        Assert.Equal(all, await ListedAsync(kinesis, stream, new(ShardFilterType.FromTrimHorizon)));
        string[] first = kinesis.Has(Quirk.TimeFiltersIgnoreTheEnd) ? all : [parent.ShardId];
        Assert.Equal(first, await ListedAsync(kinesis, stream, new(ShardFilterType.AtTrimHorizon)));
        var longAgo = DateTimeOffset.UtcNow.AddDays(-300);
        Assert.Equal(all, await ListedAsync(kinesis, stream, new(ShardFilterType.FromTimestamp, Timestamp: longAgo)));
    }

    [Theory]
    [MemberData(nameof(Targets.All), MemberType = typeof(Targets))]
    public async Task Impossible_reshards_are_refused(string target)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(3);
        var shards = await kinesis.OpenShardsAsync(stream);

        await RefusedAsync(() => kinesis.Admin.SplitShardAsync(stream, shards[0].ShardId, shards[1].HashKeyRange.Start, Cancelled).AsTask());
        await RefusedAsync(() => kinesis.Admin.MergeShardsAsync(stream, shards[0].ShardId, shards[2].ShardId, Cancelled).AsTask());
        // AWS calls "more than double" a limit and does not say with which of the two errors it answers.
        await RefusedAsync(() => kinesis.Admin.UpdateShardCountAsync(stream, 7, Cancelled).AsTask(), KinesisErrorKind.LimitExceeded);
        if (!kinesis.Has(Quirk.SplitAtTheStartIsAccepted))
            await RefusedAsync(() => kinesis.Admin.SplitShardAsync(stream, shards[1].ShardId, shards[1].HashKeyRange.Start, Cancelled).AsTask());
    }

    private static UInt128 Middle => UInt128.One << 127;

    private static async Task<(StreamReference Stream, Shard Parent, IReadOnlyList<Shard> Children)> SplitAsync(KinesisSession kinesis, int recordsBefore = 0)
    {
        var stream = await kinesis.CreateStreamAsync(1);
        var parent = Assert.Single(await kinesis.OpenShardsAsync(stream));
        for (var i = 0; i < recordsBefore; i++)
            await kinesis.PutAsync(stream, $"{i}", $"before {i}");
        await kinesis.Admin.SplitShardAsync(stream, parent.ShardId, Middle, Cancelled);
        await kinesis.ActiveAsync(stream);
        return (stream, parent, await kinesis.OpenShardsAsync(stream));
    }

    private static async Task<IEnumerable<string>> PutSpreadAsync(KinesisSession kinesis, StreamReference stream, string text)
    {
        for (uint i = 0; i < 8; i++)
            await kinesis.PutAsync(stream, "k", $"{text} {i}", (UInt128)i << 125);
        return Enumerable.Range(0, 8).Select(i => $"{text} {i}");
    }

    /// <summary>Reads every shard: closed ones to their end, open ones to their tip.</summary>
    private static async Task<List<string>> ReadLineageAsync(KinesisSession kinesis, StreamReference stream)
    {
        var texts = new List<string>();
        foreach (var shard in await kinesis.ShardsAsync(stream))
        {
            var reading = shard.IsOpen
                ? await ReadToTipAsync(kinesis, stream, shard.ShardId)
                : await kinesis.ReadToEndAsync(stream, shard.ShardId);
            texts.AddRange(reading.Texts);
        }

        return texts;
    }

    private static async Task<ShardReading> ReadToTipAsync(KinesisSession kinesis, StreamReference stream, string shardId)
    {
        var reading = new ShardReading();
        var iterator = await kinesis.Api.GetShardIteratorAsync(stream, shardId, StartingPosition.TrimHorizon, Cancelled);
        await Eventually.TrueAsync(
            async () =>
            {
                using var page = await kinesis.Api.GetRecordsAsync(new(stream, iterator), Cancelled);
                reading.Add(page);
                iterator = page.NextShardIterator!;
                return page.Records.Count == 0 && page.MillisBehindLatest == 0;
            },
            $"{shardId} is read to its tip");
        return reading;
    }

    private static async Task<string[]> ListedAsync(KinesisSession kinesis, StreamReference stream, ShardFilter filter) =>
        [.. (await kinesis.ShardsAsync(stream, filter)).Select(shard => shard.ShardId).Order(StringComparer.Ordinal)];

    private static async Task RefusedAsync(Func<Task> call, KinesisErrorKind alternative = KinesisErrorKind.InvalidArgument)
    {
        var failure = await Assert.ThrowsAsync<KinesisApiException>(call);
        Assert.Contains(failure.Kind, new[] { KinesisErrorKind.InvalidArgument, alternative });
    }
}
