using KinesisClientNet.Consumer;
using KinesisClientNet.Testing.Clocks;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>One worker of a harness: a consumer behind its own link and clock.</summary>
internal sealed class FleetWorker(KinesisConsumer consumer, WorkerLink link, WorkerClock clock, ReadWatch reads, CancellationTokenSource stop, Task running)
{
    public KinesisConsumer Consumer => consumer;

    public WorkerLink Link => link;

    public WorkerClock Clock => clock;

    /// <summary>Its reads against the service's rates.</summary>
    public ReadWatch Reads => reads;

    /// <summary>Bytes of fetched records that the consumer keeps.</summary>
    public long HeldBytes => consumer.HeldBytes;

    /// <summary>The consumer's run; ends after a stop or a crash.</summary>
    public Task Running => running;

    /// <summary>Neither stopped nor crashed.</summary>
    public bool IsRunning => !stop.IsCancellationRequested && !running.IsCompleted;

    /// <summary>Told to stop, and not yet there.</summary>
    public bool IsStopping => stop.IsCancellationRequested && !running.IsCompleted;

    public Task CancelAsync() => stop.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await consumer.DisposeAsync().ConfigureAwait(false);
        stop.Dispose();
    }
}
