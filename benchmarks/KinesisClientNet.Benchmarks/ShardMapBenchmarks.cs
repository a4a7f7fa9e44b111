using BenchmarkDotNet.Attributes;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Benchmarks;

/// <summary>Hash key to shard, per look-up.</summary>
public class ShardMapBenchmarks
{
    private const int Lookups = 1024;

    private readonly UInt128[] _hashKeys = new UInt128[Lookups];
    private UInt128[] _ends = [];
    private ShardMap _map = ShardMap.Empty;

    [Params(4, 64, 1000, 10_000)]
    public int Shards { get; set; }

    [GlobalSetup]
    public void Build()
    {
        var random = new Random(1);
        for (var i = 0; i < Lookups; i++)
            _hashKeys[i] = new UInt128((ulong)random.NextInt64() << 1, (ulong)random.NextInt64());
        var ranges = HashKeyRange.SplitEvenly(Shards);
        _ends = [.. ranges.Select(r => r.End)];
        _map = ShardMap.Create(ranges.Select((range, i) => new Shard { ShardId = $"shardId-{i:D12}", HashKeyRange = range }));
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Lookups)]
    public int ArrayBinarySearch()
    {
        var sum = 0;
        foreach (var key in _hashKeys)
            sum += Array.BinarySearch(_ends, key);
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int Map()
    {
        var sum = 0;
        foreach (var key in _hashKeys)
            sum += _map.IndexOf(key);
        return sum;
    }
}
