using System.Globalization;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.LoadRig.Measuring;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>What a consumer of quiet shards costs.</summary>
internal static class IdleCommand
{
    public static async Task<int> RunAsync(LoadSettings settings, TimeSpan duration, RetrievalMode mode, CancellationToken cancellationToken)
    {
        await using var server = await ChildProcess.StartAsync(["serve", "--shards", settings.Shards.ToString(CultureInfo.InvariantCulture), "--records", "0"], cancellationToken);
        var options = ConsumerSettings.Options("idle", mode, ConsumerSettings.Connection(new Uri($"http://127.0.0.1:{server.Facts["http"]}"), settings));
        await using var consumer = new KinesisConsumer(options, _ => new Nothing(), leases: new InMemoryLeaseStore());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = consumer.RunAsync(stop.Token);
        await Task.Delay(IdleRun.WarmUp, cancellationToken);
        var held = consumer.Shards.Count(shard => shard.Reason == ShardReason.CaughtUp);
        var before = ClientUsage.Look();
        await Task.Delay(duration, cancellationToken);
        var usage = ClientUsage.Look() - before;
        await stop.CancelAsync();
        await running;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{held} of {settings.Shards} quiet shards, {mode}, {usage.Wall.TotalSeconds:0} s: {usage.Cpu / usage.Wall:0.00 %} of a core, {usage.AllocatedBytes / usage.Wall.TotalSeconds / 1024:0} KiB/s allocated, {usage.PeakResidentBytes / 1e6:0} MB resident at most"));
        return held == settings.Shards ? 0 : 1;
    }

    private sealed class Nothing : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => default;
    }
}
