using CsCheck;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Sharding;

public sealed class ShardMapTests
{
    private static readonly Gen<UInt128> HashKeys = Gen.Select(Gen.ULong, Gen.ULong, (high, low) => new UInt128(high, low));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(20_000)]
    public void Every_hash_key_of_a_whole_map_belongs_to_the_shard_whose_range_holds_it(int count)
    {
        var map = ShardMap.Create(Shards.Even(count).Reverse());

        Assert.True(map.IsComplete);
        Assert.Equal(count, map.Shards.Count);
        foreach (var shard in map.Shards)
        {
            Assert.True(map.TryFind(shard.HashKeyRange.Start, out var first));
            Assert.True(map.TryFind(shard.HashKeyRange.End, out var last));
            Assert.Same(shard, first);
            Assert.Same(shard, last);
        }
    }

    [Fact]
    public void Lookup_agrees_with_a_linear_scan_over_any_ranges()
    {
        var nearby = HashKeys.Select(Gen.Int[-2, 2], (key, delta) => unchecked(key + (UInt128)(Int128)delta));
        var shards = Gen.Select(nearby, nearby, (a, b) => a <= b ? (a, b) : (b, a)).Array[0, 40];
        Gen.Select(shards, HashKeys.Array[20]).Sample((ranges, probes) =>
        {
            var listed = ranges.Select((r, i) => Shards.Open(i, r.Item1, r.Item2)).ToArray();
            var map = ShardMap.Create(listed);

            foreach (var key in probes.Concat(ranges.SelectMany(r => new[] { r.Item1, r.Item2, r.Item1 - 1, r.Item2 + 1 })))
            {
                var claimants = listed.Where(s => s.HashKeyRange.Contains(key)).ToArray();
                Assert.Equal(claimants.Length == 1, map.TryFind(key, out var found));
                Assert.Same(claimants.Length == 1 ? claimants[0] : null, found);
            }
        });
    }

    [Fact]
    public void Lookup_agrees_with_a_linear_scan_after_random_splits_and_merges() =>
        Gen.Select(HashKeys.Array[1, 200], HashKeys.Array[50]).Sample((cuts, probes) =>
        {
            UInt128[] starts = [0, .. cuts.Where(c => c > 0).Distinct().Order()];
            var listed = starts.Select((start, i) => Shards.Open(i, start, i + 1 < starts.Length ? starts[i + 1] - 1 : UInt128.MaxValue)).ToArray();
            var map = ShardMap.Create(listed);

            Assert.Empty(map.Problems);
            foreach (var key in probes.Concat(starts))
            {
                Assert.True(map.TryFind(key, out var found));
                Assert.Same(Assert.Single(listed, s => s.HashKeyRange.Contains(key)), found);
            }
        }, iter: 200);

    [Fact]
    public void Gap_is_a_problem_and_nothing_is_found_in_it()
    {
        var map = ShardMap.Create([Shards.Open(0, 0, 99), Shards.Open(1, 200, UInt128.MaxValue)]);

        Assert.False(map.TryFind(150, out _));
        Assert.Equal(-1, map.IndexOf(100));
        Assert.True(map.TryFind(99, out _));
        Assert.True(map.TryFind(200, out _));
        Assert.Equal("No open shard takes the hash keys 100..199.", Assert.Single(map.Problems));
    }

    [Fact]
    public void Missing_ends_of_the_space_are_problems()
    {
        var map = ShardMap.Create([Shards.Open(0, 10, 20)]);

        Assert.Equal(2, map.Problems.Count);
        Assert.Contains("0..9", map.Problems[0], StringComparison.Ordinal);
        Assert.Contains($"21..{UInt128.MaxValue}", map.Problems[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Overlap_is_a_problem_that_names_the_shards_and_nothing_is_found_in_it()
    {
        var map = ShardMap.Create([Shards.Open(0, 0, UInt128.MaxValue), Shards.Open(2, 50, 59)]);

        Assert.False(map.TryFind(50, out _));
        Assert.False(map.TryFind(59, out _));
        Assert.True(map.TryFind(49, out var below));
        Assert.True(map.TryFind(60, out var above));
        Assert.Same(below, above);
        Assert.Equal("The open shards shardId-000000000000, shardId-000000000002 all take the hash keys 50..59.", Assert.Single(map.Problems));
    }

    [Fact]
    public void Closed_shards_and_repeated_ids_are_skipped()
    {
        var map = ShardMap.Create([Shards.Closed(0, 0, UInt128.MaxValue), .. Shards.Even(2), .. Shards.Even(2)]);

        Assert.Equal(2, map.Shards.Count);
        Assert.True(map.IsComplete);
    }

    [Fact]
    public void Map_without_open_shards_finds_nothing_and_says_so()
    {
        var map = ShardMap.Create([Shards.Closed(0, 0, UInt128.MaxValue)]);

        Assert.False(map.TryFind(0, out _));
        Assert.False(ShardMap.Empty.TryFind(UInt128.MaxValue, out _));
        Assert.False(map.IsComplete);
        Assert.Contains($"0..{UInt128.MaxValue}", Assert.Single(map.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_shards_inside_one_prefix_are_found()
    {
        var starts = Enumerable.Range(0, 3000).Select(i => (UInt128)i * 3).ToArray();
        var map = ShardMap.Create(starts.Select((s, i) => Shards.Open(i, s, i + 1 < starts.Length ? s + 2 : UInt128.MaxValue)));

        for (var i = 0; i < starts.Length; i++)
            Assert.Equal(i, map.IndexOf(starts[i] + 1));
    }
}
