using BenchmarkDotNet.Attributes;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Benchmarks;

/// <summary>Per record of 200 bytes; the target is 2.5 million a second and core with digest and key hash.</summary>
public class AggregateWriteBenchmarks
{
    private readonly AggregateBatch _batch = new();
    private readonly UInt128[] _hashes = new UInt128[AggregateBatch.RecordsPerFrame];

    [GlobalCleanup]
    public void Clean() => _batch.Dispose();

    /// <summary>Digest by the library, frame by frame; keys hashed one by one.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = AggregateBatch.Records)]
    public void OneByOne()
    {
        foreach (var frame in _batch.Buffers)
        {
            for (var i = 0; i < _hashes.Length; i++)
                _hashes[i] = PartitionKeyHash.Compute(_batch.Keys[i]);
            _batch.Fill();
            _batch.Writer.WriteTo(frame.Span);
        }
    }

    /// <summary>Digests and key hashes in vectors, as the producer does it.</summary>
    [Benchmark(OperationsPerInvoke = AggregateBatch.Records)]
    public void InVectors()
    {
        foreach (var frame in _batch.Buffers)
        {
            PartitionKeyHash.ComputeMany(_batch.JoinedKeys, _batch.KeyLengths, _hashes);
            _batch.Fill();
            _batch.Writer.WriteWithoutDigest(frame.Span);
        }

        AggregatedRecordDigest.Complete(_batch.Buffers);
    }

    /// <summary>The appends alone.</summary>
    [Benchmark(OperationsPerInvoke = AggregateBatch.RecordsPerFrame)]
    public void AppendOnly() => _batch.Fill();
}
