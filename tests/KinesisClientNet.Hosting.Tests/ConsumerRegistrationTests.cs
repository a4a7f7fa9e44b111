using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Tests;

public sealed class ConsumerRegistrationTests
{
    [Fact]
    public async Task A_class_from_the_container_handles_the_records_of_a_configured_consumer()
    {
        var rig = new HostRig(new()
        {
            ["Kinesis:Orders:StreamName"] = "orders",
            ["Kinesis:Orders:ApplicationName"] = "billing",
            ["Kinesis:Orders:Retrieval:Polling:IdleDelay"] = "00:00:00.005",
        });
        rig.Services.AddSingleton<Seen>();
        rig.Services.AddKinesisConsumer("orders", rig.Builder.Configuration.GetSection("Kinesis:Orders")).ProcessWith<Recorder>();
        await rig.Kinesis.Stream("orders").PutAsync("k", "one"u8.ToArray());
        using var host = await rig.StartAsync();

        Assert.Equal(["one"], await host.Services.GetRequiredService<Seen>().TakeAsync(1));
        await host.StopAsync(HostRig.Cancellation);
    }

    [Fact]
    public async Task Two_consumers_run_in_one_host_each_with_its_own_leases()
    {
        var rig = new HostRig();
        var (orders, audit) = (new Seen(), new Seen());
        rig.Services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith(orders.AddAsync);
        rig.Services.AddKinesisConsumer("audit", options => HostRig.Quick(options, "audit")).ProcessWith(audit.AddAsync);
        await rig.Kinesis.Stream("orders").PutAsync("k", "order"u8.ToArray());
        await rig.Kinesis.Stream("audit").PutAsync("k", "entry"u8.ToArray());
        using var host = await rig.StartAsync();

        Assert.Equal(["order"], await orders.TakeAsync(1));
        Assert.Equal(["entry"], await audit.TakeAsync(1));
        await host.StopAsync(HostRig.Cancellation);
    }

    [Fact]
    public async Task Many_streams_of_a_configuration_section_are_read_by_one_consumer()
    {
        var rig = new HostRig(new()
        {
            ["Kinesis:Orders:ApplicationName"] = "billing",
            ["Kinesis:Orders:Retrieval:Polling:IdleDelay"] = "00:00:00.005",
            ["Kinesis:Orders:Streams:0:StreamName"] = "orders",
            ["Kinesis:Orders:Streams:1:StreamArn"] = "arn:aws:kinesis:us-east-1:000000000000:stream/audit",
            ["Kinesis:Orders:Streams:1:StartFrom"] = "AtTimestamp",
            ["Kinesis:Orders:Streams:1:StartTimestamp"] = "2026-01-01T00:00:00Z",
            ["Kinesis:Orders:Streams:1:CreationEpoch"] = "1",
        });
        var seen = new Seen();
        rig.Services.AddKinesisConsumer("orders", rig.Builder.Configuration.GetSection("Kinesis:Orders")).ProcessWith(seen.AddAsync);
        await rig.Kinesis.Stream("orders").PutAsync("k", "order"u8.ToArray());
        await rig.Kinesis.Stream("audit").PutAsync("k", "entry"u8.ToArray());
        using var host = await rig.StartAsync();

        Assert.Equal(["entry", "order"], (await seen.TakeAsync(2)).Order());
        var shards = host.Services.GetRequiredKeyedService<KinesisConsumer>("orders").Shards.Select(shard => shard.LeaseKey).ToList();
        Assert.Contains("000000000000:audit:1:shardId-000000000000", shards);
        Assert.Equal(3, shards.Count);
        var bound = host.Services.GetRequiredService<IOptionsMonitor<KinesisConsumerOptions>>().Get("orders").Streams;
        Assert.Equal(
            [("orders", null, null), (null, StartingPositionType.AtTimestamp, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))],
            bound.Select(stream => (stream.StreamName, stream.StartFrom, stream.StartTimestamp)));
        await host.StopAsync(HostRig.Cancellation);
    }

    [Fact]
    public async Task The_consumer_itself_is_a_keyed_service_for_status_and_pause()
    {
        var rig = new HostRig();
        var seen = new Seen();
        rig.Services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith(seen.AddAsync);
        await rig.Kinesis.Stream("orders").PutAsync("k", "one"u8.ToArray());
        using var host = await rig.StartAsync();
        await seen.TakeAsync(1);

        var consumer = host.Services.GetRequiredKeyedService<KinesisConsumer>("orders");

        Assert.NotEmpty(consumer.Shards);
        await host.StopAsync(HostRig.Cancellation);
    }

    [Fact]
    public async Task A_consumer_without_a_processor_stops_the_start_and_says_what_to_call()
    {
        var rig = new HostRig();
        rig.Services.AddKinesisConsumer("orders", options => HostRig.Quick(options));

        var error = await Assert.ThrowsAsync<InvalidOperationException>(rig.StartAsync);

        Assert.Equal("Consumer 'orders' has no processor: call ProcessWith on what AddKinesisConsumer(\"orders\", …) returns.", error.Message);
    }

    [Fact]
    public void A_name_is_given_once_and_a_processor_too()
    {
        var services = new ServiceCollection();
        var builder = services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith(new Seen().AddAsync);

        Assert.Throws<InvalidOperationException>(() => services.AddKinesisConsumer("orders", options => HostRig.Quick(options)));
        Assert.Throws<InvalidOperationException>(() => builder.ProcessWith<Recorder>());
    }

    [Fact]
    [Trait("Story", "D4")]
    public async Task A_consumer_that_fails_stops_the_host_and_the_host_ends_with_the_error()
    {
        var rig = new HostRig();
        rig.Services.AddKinesisConsumer("orders", options =>
        {
            HostRig.Quick(options);
            options.Failure.Classify = _ => FailureAction.StopConsumer;
        }).ProcessWith((_, _) => throw new InvalidOperationException("poisoned"));
        await rig.Kinesis.Stream("orders").PutAsync("k", "one"u8.ToArray());
        using var host = rig.Builder.Build();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.RunAsync(HostRig.Cancellation));

        Assert.Equal("poisoned", error.Message);
        var entry = Assert.Single(rig.Log.Entries, entry => entry.Event.Name == "ConsumerFailed" && entry.Event.Id == 4001);
        Assert.Equal(LogLevel.Error, entry.Level);
        Assert.Same(error, entry.Error);
    }

    [Fact]
    public async Task A_host_that_stops_lets_the_running_batch_end_and_checkpoints_it()
    {
        var rig = new HostRig();
        var (entered, released) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        var handled = 0;
        rig.Services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith(async (batch, _) =>
        {
            entered.TrySetResult();
            await released.Task;
            Interlocked.Add(ref handled, batch.Count);
        });
        await rig.Kinesis.Stream("orders").PutAsync("k", "one"u8.ToArray());
        using var host = await rig.StartAsync();
        await entered.Task.WaitAsync(HostRig.Cancellation);

        var stopping = host.StopAsync(HostRig.Cancellation);
        Assert.False(stopping.IsCompleted);
        released.SetResult();
        await stopping;

        Assert.Equal(1, handled);
        Assert.DoesNotContain(rig.Log.Entries, entry => entry.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_consumer_that_wants_more_time_than_the_host_has_gets_nine_tenths_of_it_and_a_warning()
    {
        var rig = new HostRig();
        rig.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(20));
        rig.Services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith(new Seen().AddAsync);
        using var host = await rig.StartAsync();

        var warning = Assert.Single(rig.Log.Entries, entry => entry.Event.Id == 4000);

        Assert.Equal(
            "Consumer orders may take 00:00:25 to stop, but the host allows 00:00:20 in all; it stops within 00:00:18. Raise HostOptions.ShutdownTimeout or lower the consumer's ShutdownTimeout.",
            warning.Text);
        await host.StopAsync(HostRig.Cancellation);
    }

    [Theory]
    [InlineData(25, 30, 25)]
    [InlineData(27, 30, 27)]
    [InlineData(28, 30, 27)]
    [InlineData(25, 10, 9)]
    [InlineData(0, 10, 0)]
    public void The_hosts_time_bounds_a_consumers(int wanted, int allowed, int granted) =>
        Assert.Equal(TimeSpan.FromSeconds(granted), Running.ShutdownBudget.Grant(TimeSpan.FromSeconds(wanted), TimeSpan.FromSeconds(allowed)));

    [Fact]
    public void A_host_without_a_limit_bounds_nothing() =>
        Assert.Equal(TimeSpan.FromHours(1), Running.ShutdownBudget.Grant(TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan));

    private sealed class Recorder(Seen seen) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping) => seen.AddAsync(batch, stopping);
    }
}
