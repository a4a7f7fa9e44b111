using KinesisClientNet.Consumer;

namespace KinesisClientNet.Simulation;

/// <summary>The application of a simulated fleet: takes some time on its worker's clock, fails when it is told to, and tells the oracle.</summary>
internal sealed class SimulatedHandler(Oracle oracle, Trace trace, TimeProvider clock, HandlerMood mood) : IShardProcessor
{
    public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
    {
        var call = oracle.Begin(batch.Shard, stopping);
        try
        {
            trace.Add($"handle {batch.Shard.WorkerId} {batch.Shard.ShardId} epoch {batch.Shard.Epoch} count {batch.Count} from {batch[0].Position} attempt {batch.Attempt}");
            var records = batch.ToArray();
            if (mood.NextDelay() is { } delay)
                await Task.Delay(delay, clock, stopping);
            mood.MayFail(records);
            foreach (var record in records)
                oracle.Done(batch.Shard, record);
        }
        finally
        {
            oracle.End(call);
        }
    }
}

/// <summary>The place for records that were given up: the oracle counts them as done, once they are written.</summary>
internal sealed class SimulatedDeadLetters(Oracle oracle, Trace trace, HandlerMood mood) : IDeadLetterSink
{
    public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        mood.MayFailDeadLetter();
        trace.Add($"dead letter {letter.Shard.WorkerId} {letter.Shard.ShardId} {letter.Record.Position} attempts {letter.Attempts}");
        oracle.GiveUp(letter.Shard, letter.Record);
        return default;
    }
}

/// <summary>How quick and how reliable the handlers and the dead-letter sink are at present. Seeded.</summary>
/// <param name="seed">Decides.</param>
/// <param name="poisonEvery">Each record whose number divides by it fails for ever; 0 for none.</param>
internal sealed class HandlerMood(int seed, int poisonEvery)
{
    /// <summary>Seconds: long enough for a hand-over to be forced.</summary>
    private const int LongestSlowCall = 90;

    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);

    /// <summary>Share of batches that fail: 0 to 1.</summary>
    public double FailureShare { get; set; }

    /// <summary>Share of dead letters that cannot be written: 0 to 1.</summary>
    public double DeadLetterFailureShare { get; set; }

    /// <summary>Handler calls that will take very long, one after the other.</summary>
    public int SlowCalls { get; set; }

    public long Failures { get; private set; }

    public long DeadLetterFailures { get; private set; }

    public TimeSpan? NextDelay()
    {
        lock (_gate)
        {
            if (SlowCalls > 0)
            {
                SlowCalls--;
                return TimeSpan.FromSeconds(_random.Next(5, LongestSlowCall));
            }

            return _random.Next(4) == 0 ? TimeSpan.FromMilliseconds(_random.Next(1, 400)) : null;
        }
    }

    public void MayFail(IReadOnlyList<ConsumedRecord> records)
    {
        lock (_gate)
        {
            if (!IsMet(FailureShare) && !(poisonEvery > 0 && records.Any(record => StoredRecords.IdOf(record.Data) % poisonEvery == 0)))
                return;
            Failures++;
        }

        throw new InvalidOperationException("The simulated handler fails.");
    }

    public void MayFailDeadLetter()
    {
        lock (_gate)
        {
            if (!IsMet(DeadLetterFailureShare))
                return;
            DeadLetterFailures++;
        }

        throw new IOException("The simulated dead-letter sink fails.");
    }

    private bool IsMet(double share) => share > 0 && _random.NextDouble() < share;
}
