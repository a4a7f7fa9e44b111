using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Tests.FanOut;

public class ConsumerTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Consumer_is_creating_then_active_then_deleting_then_gone()
    {
        var local = new LocalFixture(options: new() { Delays = { RegisterConsumer = Delay, DeregisterConsumer = Delay } });
        var consumer = await RegisterAsync(local, "billing");
        Assert.Equal(("billing", "CREATING", null), (consumer.ConsumerName, consumer.ConsumerStatus, consumer.StreamArn));
        await LocalFixture.RefusedAsync(
            local.Kinesis.SubscribeToShardAsync(consumer.ConsumerArn, "shardId-000000000000", StartingPosition.Latest, LocalFixture.Token),
            "ResourceInUseException");

        local.Clock.Advance(Delay);
        var active = await local.Kinesis.DescribeStreamConsumerAsync(consumer.ConsumerArn, LocalFixture.Token);
        Assert.Equal(("ACTIVE", local.Stream.Arn), (active.ConsumerStatus, active.StreamArn));

        await local.Kinesis.DeregisterStreamConsumerAsync(consumer.ConsumerArn, LocalFixture.Token);
        Assert.Equal("DELETING", (await local.Kinesis.DescribeStreamConsumerAsync(local.Stream.Arn, "billing", LocalFixture.Token)).ConsumerStatus);
        await LocalFixture.RefusedAsync(RegisterAsync(local, "billing"), "ResourceInUseException");

        local.Clock.Advance(Delay);
        await LocalFixture.RefusedAsync(
            local.Kinesis.DescribeStreamConsumerAsync(consumer.ConsumerArn, LocalFixture.Token), "ResourceNotFoundException");
    }

    [Fact]
    public async Task Consumer_that_comes_back_has_another_arn()
    {
        var local = new LocalFixture();
        var first = await RegisterAsync(local, "billing");
        await LocalFixture.RefusedAsync(RegisterAsync(local, "billing"), "ResourceInUseException");
        await local.Kinesis.DeregisterStreamConsumerAsync(first.ConsumerArn, LocalFixture.Token);

        var second = await RegisterAsync(local, "billing");

        Assert.Equal($"{local.Stream.Arn}/consumer/billing:{LocalFixture.Start.ToUnixTimeSeconds()}", first.ConsumerArn);
        Assert.NotEqual(first.ConsumerArn, second.ConsumerArn);
        await LocalFixture.RefusedAsync(
            local.Kinesis.DescribeStreamConsumerAsync(first.ConsumerArn, LocalFixture.Token), "ResourceNotFoundException");
    }

    [Fact]
    public async Task Stream_takes_twenty_consumers()
    {
        var local = new LocalFixture();
        for (var i = 0; i < 20; i++)
            await RegisterAsync(local, $"consumer-{i}");

        await LocalFixture.RefusedAsync(RegisterAsync(local, "one-more"), "LimitExceededException");
        var page = await local.Kinesis.ListStreamConsumersAsync(local.Stream.Arn, cancellationToken: LocalFixture.Token);
        Assert.Equal((20, null), (page.Consumers.Count, page.NextToken));
    }

    [Fact]
    public async Task No_more_than_five_consumers_are_created_at_once()
    {
        var local = new LocalFixture(options: new() { Delays = { RegisterConsumer = Delay } });
        for (var i = 0; i < 5; i++)
            await RegisterAsync(local, $"consumer-{i}");

        await LocalFixture.RefusedAsync(RegisterAsync(local, "one-more"), "LimitExceededException");
        local.Clock.Advance(Delay);
        await RegisterAsync(local, "one-more");
    }

    private static ValueTask<StreamConsumer> RegisterAsync(LocalFixture local, string name) =>
        local.Kinesis.RegisterStreamConsumerAsync(local.Stream.Arn, name, LocalFixture.Token);
}
