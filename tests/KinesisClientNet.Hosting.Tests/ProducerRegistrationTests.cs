using System.Text;
using KinesisClientNet.Producer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Tests;

public sealed class ProducerRegistrationTests
{
    [Fact]
    public async Task Two_streams_have_two_keyed_producers_from_their_sections()
    {
        var rig = new HostRig(new() { ["Kinesis:Orders:StreamName"] = "orders", ["Kinesis:Audit:StreamName"] = "audit", ["Kinesis:Audit:MaxBufferedTime"] = "00:00:00" });
        rig.Services.AddKinesisProducer("orders", rig.Builder.Configuration.GetSection("Kinesis:Orders"));
        rig.Services.AddKinesisProducer("audit", rig.Builder.Configuration.GetSection("Kinesis:Audit"));
        rig.Services.AddSingleton<Checkout>();
        using var host = await rig.StartAsync();

        await host.Services.GetRequiredService<Checkout>().PayAsync("customer-42", "paid");
        await host.StopAsync(HostRig.Cancellation);

        Assert.Equal("paid", Encoding.UTF8.GetString(Assert.Single(rig.Kinesis.Stream("orders").Records()).Data.Span));
        Assert.Equal("customer-42", Assert.Single(rig.Kinesis.Stream("audit").Records()).PartitionKey);
    }

    [Fact]
    public async Task The_only_producer_can_be_had_without_its_key()
    {
        var rig = new HostRig();
        rig.Services.AddKinesisProducer("orders", options => options.StreamName = "orders");
        using var host = await rig.StartAsync();

        Assert.Same(host.Services.GetRequiredKeyedService<IKinesisProducer>("orders"), host.Services.GetRequiredService<IKinesisProducer>());
        await host.StopAsync(HostRig.Cancellation);
    }

    [Fact]
    public async Task Of_two_producers_one_must_be_named()
    {
        var rig = new HostRig();
        rig.Services.AddKinesisProducer("orders", options => options.StreamName = "orders");
        rig.Services.AddKinesisProducer("audit", options => options.StreamName = "audit");
        using var host = await rig.StartAsync();

        var error = Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<IKinesisProducer>());

        Assert.Contains("There are 2 Kinesis producers (orders, audit): say which one with [FromKeyedServices(\"orders\")].", error.Message, StringComparison.Ordinal);
        await host.StopAsync(HostRig.Cancellation);
    }

    [Fact]
    public void A_name_is_given_once()
    {
        var services = new ServiceCollection().AddKinesisProducer("orders", options => options.StreamName = "orders");

        var error = Assert.Throws<InvalidOperationException>(() => services.AddKinesisProducer("orders", options => options.StreamName = "audit"));

        Assert.Equal("A Kinesis producer named 'orders' is registered already. Give each its own name.", error.Message);
    }

    [Fact]
    [Trait("Story", "L8")]
    public async Task What_is_buffered_when_the_host_stops_is_sent_after_all_services_have_stopped()
    {
        var rig = new HostRig();
        rig.Services.AddHostedService<LastWords>();
        rig.Services.AddKinesisProducer("orders", options => (options.StreamName, options.MaxBufferedTime) = ("orders", TimeSpan.FromHours(1)));
        using var host = await rig.StartAsync();

        await host.StopAsync(HostRig.Cancellation);

        Assert.Equal("last", Encoding.UTF8.GetString(Assert.Single(rig.Kinesis.Stream("orders").Records()).Data.Span));
    }

    [Fact]
    public async Task Without_a_host_the_container_gives_and_stops_a_producer()
    {
        var rig = new HostRig();
        rig.Services.AddKinesisProducer("orders", options => (options.StreamName, options.MaxBufferedTime) = ("orders", TimeSpan.FromHours(1)));
        await using (var provider = rig.Services.BuildServiceProvider())
            await provider.GetRequiredService<IKinesisProducer>().EnqueueAsync("k", "left"u8.ToArray(), HostRig.Cancellation);

        Assert.Single(rig.Kinesis.Stream("orders").Records());
    }

    [Fact]
    public async Task Code_has_the_last_word_over_configuration()
    {
        var rig = new HostRig(new() { ["Kinesis:Orders:StreamName"] = "audit", ["Kinesis:Orders:Batching:MaxRecords"] = "7" });
        rig.Services.AddKinesisProducer("orders", rig.Builder.Configuration.GetSection("Kinesis:Orders"), options => options.StreamName = "orders");
        using var host = await rig.StartAsync();

        var options = host.Services.GetRequiredService<IOptionsMonitor<KinesisProducerOptions>>().Get("orders");

        Assert.Equal(("orders", 7), (options.StreamName, options.Batching.MaxRecords));
        await host.StopAsync(HostRig.Cancellation);
    }

    private sealed class Checkout([FromKeyedServices("orders")] IKinesisProducer orders, [FromKeyedServices("audit")] IKinesisProducer audit)
    {
        public async Task PayAsync(string customer, string payment)
        {
            await audit.EnqueueAsync(customer, Encoding.UTF8.GetBytes(payment), HostRig.Cancellation);
            await orders.SendAsync(customer, Encoding.UTF8.GetBytes(payment), HostRig.Cancellation);
        }
    }

    private sealed class LastWords(IKinesisProducer producer) : Microsoft.Extensions.Hosting.IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken) =>
            await producer.EnqueueAsync("k", "last"u8.ToArray(), cancellationToken);
    }
}
