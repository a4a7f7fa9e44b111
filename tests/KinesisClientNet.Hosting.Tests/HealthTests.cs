using KinesisClientNet.Consumer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KinesisClientNet.Hosting.Tests;

/// <summary>Issue 8: health checks (ready/live; degraded with the reason of each stuck shard).</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_consumer_that_works_is_live_and_ready()
    {
        var rig = new HostRig();
        var seen = new Seen();
        rig.Services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith(seen.AddAsync);
        rig.Services.AddHealthChecks().AddKinesis(maxLag: TimeSpan.FromMinutes(1));
        await rig.Kinesis.Stream("orders").PutAsync("k", "one"u8.ToArray());
        using var host = await rig.StartAsync();
        await seen.TakeAsync(1);

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(HostRig.Cancellation);

        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Equal(["kinesis-live", "kinesis-ready"], report.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Contains(report.Entries["kinesis-ready"].Data.Keys, key => key.StartsWith("orders/shardId-", StringComparison.Ordinal));
        await host.StopAsync(HostRig.Cancellation);
    }

    [Fact]
    public async Task A_shard_whose_handler_fails_is_degraded_with_its_reason_and_the_process_stays_live()
    {
        var rig = new HostRig();
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Services.AddKinesisConsumer("orders", options =>
        {
            HostRig.Quick(options);
            (options.Failure.FirstBackoff, options.Failure.MaxBackoff) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1));
            options.OnStatusChanged = status =>
            {
                if (status.Reason == ShardReason.RetryingRecords)
                    failed.TrySetResult();
            };
        }).ProcessWith((_, _) => throw new InvalidOperationException("the database is away"));
        rig.Services.AddHealthChecks().AddKinesis();
        await rig.Kinesis.Stream("orders").PutAsync("k", "one"u8.ToArray());
        using var host = await rig.StartAsync();
        await failed.Task.WaitAsync(HostRig.Cancellation);

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(HostRig.Cancellation);

        Assert.True(report.Entries["kinesis-ready"].Status == HealthStatus.Degraded, string.Join("\n", report.Entries["kinesis-ready"].Data.Values));
        Assert.Equal(HealthStatus.Healthy, report.Entries["kinesis-live"].Status);
        Assert.Contains("RetryingRecords", report.Entries["kinesis-ready"].Description, StringComparison.Ordinal);
        Assert.Contains("the database is away", report.Entries["kinesis-ready"].Description, StringComparison.Ordinal);
        await host.StopAsync(HostRig.Cancellation);
    }

    /// <summary>Story T4: fewer lease slots than shards is degraded, with the number of shards that nobody reads.</summary>
    [Fact]
    [Trait("Story", "T4")]
    public async Task Fewer_lease_slots_than_shards_is_degraded_with_the_number()
    {
        var rig = new HostRig();
        rig.Kinesis.AddStream("many", shards: 5);
        var seen = new Seen();
        rig.Services.AddKinesisConsumer("many", options =>
        {
            HostRig.Quick(options);
            options.StreamName = "many";
            options.Leases.MaxLeases = 2;
        }).ProcessWith(seen.AddAsync);
        rig.Services.AddHealthChecks().AddKinesis();
        foreach (var _ in Enumerable.Range(0, 40))
            await rig.Kinesis.Stream("many").PutAsync($"k{seen}{_}", "one"u8.ToArray());
        using var host = await rig.StartAsync();
        await seen.TakeAsync(1);

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(HostRig.Cancellation);

        Assert.Equal(HealthStatus.Degraded, report.Entries["kinesis-ready"].Status);
        Assert.Contains(
            "many: 3 shard(s) are read by nobody: 1 worker(s) with at most 2 lease(s) each; start more workers or raise Leases.MaxLeases",
            report.Entries["kinesis-ready"].Description, StringComparison.Ordinal);
        await host.StopAsync(HostRig.Cancellation);
    }

    [Fact]
    public async Task Every_stuck_shard_of_every_consumer_is_named_with_its_own_reason()
    {
        var rig = new HostRig();
        var (orders, audit) = (Stuck(2), Stuck(1));
        rig.Services.AddKinesisConsumer("orders", options => Fail(options, "orders", orders)).ProcessWith((batch, _) => throw new InvalidOperationException($"no room for {batch[0].PartitionKey}"));
        rig.Services.AddKinesisConsumer("audit", options => Fail(options, "audit", audit)).ProcessWith((_, _) => throw new TimeoutException("the ledger is closed"));
        rig.Services.AddHealthChecks().AddKinesis();
        var shards = rig.Kinesis.Stream("orders").ListShards();
        foreach (var shard in shards)
            await rig.Kinesis.Stream("orders").PutAsync(shard.ShardId, "one"u8.ToArray(), shard.HashKeyRange.Start);
        await rig.Kinesis.Stream("audit").PutAsync("k", "one"u8.ToArray());
        using var host = await rig.StartAsync();
        await Task.WhenAll(orders.All.Task, audit.All.Task).WaitAsync(HostRig.Cancellation);

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(HostRig.Cancellation);

        var text = report.Entries["kinesis-ready"].Description!;
        Assert.All(shards, shard => Assert.Contains($"no room for {shard.ShardId}", text, StringComparison.Ordinal));
        Assert.Contains("audit/shardId-000000000000", text, StringComparison.Ordinal);
        Assert.Contains("the ledger is closed", text, StringComparison.Ordinal);
        await host.StopAsync(HostRig.Cancellation);
    }

    [Fact]
    [Trait("Story", "D4")]
    public async Task A_consumer_that_has_ended_is_not_live()
    {
        var rig = new HostRig();
        rig.Services.AddKinesisConsumer("orders", options =>
        {
            HostRig.Quick(options);
            options.Failure.Classify = _ => FailureAction.StopConsumer;
        }).ProcessWith((_, _) => throw new InvalidOperationException("poisoned"));
        rig.Services.AddHealthChecks().AddKinesis();
        await rig.Kinesis.Stream("orders").PutAsync("k", "one"u8.ToArray());
        using var host = await rig.StartAsync();
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping.Register(() => stopping.TrySetResult());
        await stopping.Task.WaitAsync(HostRig.Cancellation);

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(HostRig.Cancellation);

        Assert.Equal(HealthStatus.Unhealthy, report.Entries["kinesis-live"].Status);
        Assert.Equal("consumer orders has ended: poisoned", report.Entries["kinesis-live"].Description);
        await Assert.ThrowsAnyAsync<Exception>(() => host.StopAsync(HostRig.Cancellation));
    }

    private static (TaskCompletionSource All, HashSet<string> Shards, int Expected) Stuck(int shards) =>
        (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), [], shards);

    private static void Fail(KinesisConsumerOptions options, string stream, (TaskCompletionSource All, HashSet<string> Shards, int Expected) stuck)
    {
        HostRig.Quick(options, stream);
        (options.Failure.FirstBackoff, options.Failure.MaxBackoff) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        options.OnStatusChanged = status =>
        {
            lock (stuck.Shards)
            {
                if (status.Reason == ShardReason.RetryingRecords && stuck.Shards.Add(status.ShardId) && stuck.Shards.Count == stuck.Expected)
                    stuck.All.TrySetResult();
            }
        };
    }
}
