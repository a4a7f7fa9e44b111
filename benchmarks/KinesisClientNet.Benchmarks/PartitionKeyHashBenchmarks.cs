using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Benchmarks;

/// <summary>Partition key to hash key, per key of 11 characters.</summary>
public class PartitionKeyHashBenchmarks
{
    private const int Keys = 64;

    private readonly byte[][] _keys = [.. Enumerable.Range(0, Keys).Select(i => Encoding.UTF8.GetBytes($"customer-{i:D2}"))];
    private readonly int[] _lengths = [.. Enumerable.Repeat(11, Keys)];
    private readonly UInt128[] _hashes = new UInt128[Keys];
    private readonly byte[] _digest = new byte[16];
    private byte[] _joined = [];

    [GlobalSetup]
    public void Join() => _joined = [.. _keys.SelectMany(k => k)];

    [Benchmark(Baseline = true, OperationsPerInvoke = Keys)]
    public void Library()
    {
        foreach (var key in _keys)
            MD5.HashData(key, _digest);
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public void OneByOne()
    {
        for (var i = 0; i < Keys; i++)
            _hashes[i] = PartitionKeyHash.Compute(_keys[i]);
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public void ManyAtOnce() => PartitionKeyHash.ComputeMany(_joined, _lengths, _hashes);
}
