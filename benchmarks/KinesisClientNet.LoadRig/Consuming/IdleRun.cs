using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.LoadRig.Measuring;
using KinesisClientNet.LoadRig.Serving;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>What a consumer costs that has nothing to do: quiet shards, polled over HTTP with the default settings.</summary>
internal static class IdleRun
{
    /// <summary>
    /// A process that idles does so for days. What runs once a second takes two minutes until the run-time has compiled it for good, and compiling was
    /// a sixth of the CPU in the first one.
    /// </summary>
    public static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    /// <summary>The share of one core in each of a few windows, in percent.</summary>
    public static async Task<IReadOnlyList<double>> RunAsync(int shards, int windows, TimeSpan window, CancellationToken cancellationToken)
    {
        var settings = new LoadSettings { Records = 0, Shards = shards };
        await using var server = await LocalService.StartAsync(settings, cancellationToken);
        var options = new KinesisConsumerOptions
        {
            StreamName = LocalService.Stream, ApplicationName = "idle", WorkerId = "idle-1", Connection = settings.Connection(LocalService.EndpointOf(server)),
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var consumer = new KinesisConsumer(options, _ => new Nothing(), leases: new InMemoryLeaseStore());
        var running = consumer.RunAsync(stop.Token);
        using (var limit = new CancellationTokenSource(StartLimit))
        {
            while (consumer.Shards.Count(shard => shard.Reason == ShardReason.CaughtUp) < shards)
                await Task.Delay(100, limit.Token);
        }

        await Task.Delay(WarmUp, cancellationToken);
        var shares = new List<double>();
        for (var i = 0; i < windows; i++)
        {
            var before = ClientUsage.Look();
            await Task.Delay(window, cancellationToken);
            var usage = ClientUsage.Look() - before;
            shares.Add(100 * usage.Cpu / usage.Wall);
        }

        await stop.CancelAsync();
        await running;
        return shares;
    }

    private sealed class Nothing : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => default;
    }
}
