using KinesisClientNet.Consumer;

namespace KinesisClientNet.Simulation;

/// <summary>The application of a simulated fleet: takes some time, fails when it is told to, and tells the oracle.</summary>
internal sealed class SimulatedHandler(Oracle oracle, Trace trace, TimeProvider clock, HandlerMood mood) : IShardProcessor
{
    public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        oracle.Begin(batch.Shard);
        trace.Add($"handle {batch.Shard.WorkerId} {batch.Shard.ShardId} epoch {batch.Shard.Epoch} count {batch.Count} from {batch[0].Position} attempt {batch.Attempt}");
        var records = batch.ToArray();
        if (mood.NextDelay() is { } delay)
            await Task.Delay(delay, clock, stopping);
        mood.MayFail();
        foreach (var record in records)
            oracle.Done(batch.Shard, record);
    }
}

/// <summary>How quick and how reliable the handlers are at present. Seeded.</summary>
internal sealed class HandlerMood(int seed)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);

    /// <summary>Share of batches that fail: 0 to 1.</summary>
    public double FailureShare { get; set; }

    public long Failures { get; private set; }

    public TimeSpan? NextDelay()
    {
        lock (_gate)
            return _random.Next(4) == 0 ? TimeSpan.FromMilliseconds(_random.Next(1, 400)) : null;
    }

    public void MayFail()
    {
        lock (_gate)
        {
            if (FailureShare == 0 || _random.NextDouble() >= FailureShare)
                return;
            Failures++;
        }

        throw new InvalidOperationException("The simulated handler fails.");
    }
}
