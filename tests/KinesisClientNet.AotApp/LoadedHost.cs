using System.Collections.Concurrent;
using System.Diagnostics;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;
using KinesisClientNet.Producer;
using KinesisClientNet.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace KinesisClientNet.AotApp;

/// <summary>A host that writes and reads as fast as it can until it is told to stop (SIGTERM), and then says what became of everything.</summary>
internal static class LoadedHost
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(20);

    public static async Task<int> RunAsync()
    {
        var kinesis = new LocalKinesis(options: new() { Throttling = LocalThrottling.Lenient }).AddStream("orders", 4);
        var leases = new InMemoryLeaseStore();
        var progress = new Progress();
        var builder = Host.CreateApplicationBuilder();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Budget);
        builder.Services.AddSingleton(progress);
        builder.Services.AddHostedService<Load>();
        builder.Services.AddKinesisProducer("orders", options =>
        {
            options.StreamName = "orders";
            options.OnRecordsSettled = settled => progress.Settle(settled.Count, settled.Succeeded);
        });
        builder.Services.AddKinesisConsumer("orders", options =>
        {
            (options.StreamName, options.ApplicationName, options.ShutdownTimeout) = ("orders", "billing", TimeSpan.FromSeconds(15));
            options.Retrieval.Polling.IdleDelay = TimeSpan.FromMilliseconds(20);
        }).ProcessWith(progress.HandleAsync);
        builder.Services.UseLocalKinesis(kinesis, leases);

        using var host = builder.Build();
        var stopping = new Stopwatch();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.Start);
        await host.RunAsync();
        return await JudgeAsync(progress, leases, stopping.Elapsed);
    }

    private static async Task<int> JudgeAsync(Progress progress, InMemoryLeaseStore leases, TimeSpan stopped)
    {
        var problems = new List<string>();
        foreach (var (shardId, last) in progress.Handled)
        {
            var lease = (await leases.ReadLeaseAsync(shardId, CancellationToken.None))!;
            if (lease.Checkpoint < last)
                problems.Add($"{shardId} was handled up to {last}, its checkpoint is {lease.Checkpoint}");
            if (lease.Owner is not null)
                problems.Add($"{shardId} still belongs to {lease.Owner}");
        }

        if (progress.Delivered != progress.Enqueued)
            problems.Add($"{progress.Enqueued} records were enqueued, {progress.Delivered} delivered, {progress.Failed} failed");
        if (stopped > Budget)
            problems.Add($"stopping took {stopped}");
        Console.WriteLine($"stopped after {stopped.TotalSeconds:0.0} s; {progress.Enqueued} enqueued, {progress.Delivered} delivered, {progress.HandledRecords} handled, {progress.Handled.Count} shards checkpointed");
        problems.ForEach(Console.WriteLine);
        return problems.Count == 0 ? 0 : 1;
    }

    private sealed class Progress
    {
        private long _delivered;
        private long _failed;
        private long _handled;

        public long Enqueued { get; set; }

        public long Delivered => Interlocked.Read(ref _delivered);

        public long Failed => Interlocked.Read(ref _failed);

        public long HandledRecords => Interlocked.Read(ref _handled);

        /// <summary>The last position of each shard that the handler was done with.</summary>
        public ConcurrentDictionary<string, ExtendedSequenceNumber> Handled { get; } = [];

        public void Settle(int records, bool isDelivered) => Interlocked.Add(ref (isDelivered ? ref _delivered : ref _failed), records);

        public async ValueTask HandleAsync(RecordBatch batch, CancellationToken stopping)
        {
            await Task.Delay(5, stopping);
            Handled[batch.Shard.ShardId] = batch[^1].Position;
            if (Interlocked.Add(ref _handled, batch.Count) - batch.Count < 10_000 && HandledRecords >= 10_000)
                Console.WriteLine("under load");
        }
    }

    private sealed class Load(IKinesisProducer producer, Progress progress) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            for (var i = 0; !stoppingToken.IsCancellationRequested; i++)
            {
                await producer.EnqueueAsync($"customer-{i % 997}", new byte[100], CancellationToken.None);
                progress.Enqueued++;
                if (i % 500 == 0)
                    await Task.Delay(10, CancellationToken.None);
            }
        }
    }
}
