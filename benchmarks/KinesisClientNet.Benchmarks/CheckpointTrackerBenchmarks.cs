using BenchmarkDotNet.Attributes;
using KinesisClientNet.Consumer.Checkpointing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Benchmarks;

/// <summary>Per record: appended in aggregates of 100, completed in order or in the worst order.</summary>
public class CheckpointTrackerBenchmarks
{
    private const int Aggregates = 100;
    private const int PerAggregate = 100;
    private const int Records = Aggregates * PerAggregate;

    [Benchmark(Baseline = true, OperationsPerInvoke = Records)]
    public long InOrder()
    {
        var tracker = Filled();
        for (var i = 0; i < Records; i++)
            tracker.Complete(i);
        return tracker.CompletedCount;
    }

    [Benchmark(OperationsPerInvoke = Records)]
    public long Backwards()
    {
        var tracker = Filled();
        for (var i = Records - 1; i >= 0; i--)
            tracker.Complete(i);
        return tracker.CompletedCount;
    }

    private static CheckpointTracker Filled()
    {
        var tracker = new CheckpointTracker();
        for (var i = 0; i < Aggregates; i++)
            tracker.Append(SequenceNumber.FromBits(1, (UInt128)i), 0, PerAggregate);
        return tracker;
    }
}
