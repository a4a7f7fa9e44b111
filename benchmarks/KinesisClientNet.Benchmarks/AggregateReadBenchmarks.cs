using BenchmarkDotNet.Attributes;
using KinesisClientNet.Core.Aggregation;

namespace KinesisClientNet.Benchmarks;

/// <summary>Per record of 200 bytes; the target is 5 million a second and core.</summary>
public class AggregateReadBenchmarks
{
    private readonly AggregateBatch _batch = new();
    private readonly List<AggregatedUserRecord> _records = [];
    private readonly bool[] _valid = new bool[AggregateBatch.Frames];
    private ReadOnlyMemory<byte>[] _blobs = [];

    [GlobalSetup]
    public void Prepare() => _blobs = [.. _batch.Buffers.Select(b => (ReadOnlyMemory<byte>)b)];

    [GlobalCleanup]
    public void Clean() => _batch.Dispose();

    /// <summary>Each digest by the library.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = AggregateBatch.Records)]
    public void OneByOne()
    {
        foreach (var blob in _blobs)
        {
            _records.Clear();
            AggregatedRecordReader.TryRead(blob, _records);
        }
    }

    /// <summary>The digests of a page in vectors.</summary>
    [Benchmark(OperationsPerInvoke = AggregateBatch.Records)]
    public void InVectors()
    {
        AggregatedRecordDigest.Verify(_blobs, _valid);
        foreach (var blob in _blobs)
        {
            _records.Clear();
            AggregatedRecordReader.TryReadVerified(blob, _records);
        }
    }
}
