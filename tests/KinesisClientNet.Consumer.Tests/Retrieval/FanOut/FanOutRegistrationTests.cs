using KinesisClientNet.Consumer.Retrieval.FanOut;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Consumer.Tests.Retrieval.FanOut;

[Collection(VirtualTimeCollection.Name)]
public sealed class FanOutRegistrationTests
{
    private readonly VirtualClock _clock = new();
    private readonly LocalKinesis _local;
    private readonly WatchedKinesis _kinesis;

    public FanOutRegistrationTests()
    {
        _local = new LocalKinesis(_clock, new LocalKinesisOptions { Delays = { RegisterConsumer = TimeSpan.FromSeconds(3), DeregisterConsumer = TimeSpan.FromSeconds(4) } })
            .AddStream("orders", 1);
        _kinesis = new WatchedKinesis(_local, _clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string StreamArn => _local.Stream("orders").Arn;

    [Fact]
    public async Task A_given_ARN_is_used_without_a_call()
    {
        using var registration = New(new() { ConsumerArn = "arn:aws:kinesis:eu-west-1:1:stream/orders/consumer/x:1" });
        Assert.Equal("arn:aws:kinesis:eu-west-1:1:stream/orders/consumer/x:1", await RunAsync(registration));
        Assert.Empty(_kinesis.Calls);
    }

    [Trait("Story", "E6")]
    [Fact]
    public async Task A_consumer_that_is_not_there_is_registered_and_awaited()
    {
        using var registration = New();

        var arn = await RunAsync(registration);

        Assert.Equal("ACTIVE", (await _local.DescribeStreamConsumerAsync(StreamArn, "billing", Token)).ConsumerStatus);
        Assert.Equal((await _local.DescribeStreamConsumerAsync(StreamArn, "billing", Token)).ConsumerArn, arn);
        Assert.InRange(_clock.Elapsed, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4));
        Assert.Equal(1, _kinesis.Calls.Count(name => name == "RegisterStreamConsumer"));
    }

    [Fact]
    public async Task All_shards_share_one_lookup()
    {
        using var registration = New();
        var lookups = Enumerable.Range(0, 100).Select(_ => registration.ArnAsync(Token).AsTask()).ToList();

        _clock.RunUntilDone(Task.WhenAll(lookups), TimeSpan.FromSeconds(10));
        await RunAsync(registration);

        Assert.Equal(1, _kinesis.Calls.Count(name => name == "RegisterStreamConsumer"));
        Assert.Equal(1, _kinesis.Calls.Count(name => name == "DescribeStreamSummary"));
        Assert.Single((await Task.WhenAll(lookups)).Distinct());
    }

    [Fact]
    public async Task An_active_consumer_is_found_without_registering()
    {
        await RegisterAsync("billing");
        _clock.RunFor(TimeSpan.FromSeconds(4));
        using var registration = New();

        await RunAsync(registration);

        Assert.DoesNotContain("RegisterStreamConsumer", _kinesis.Calls);
    }

    [Fact]
    public async Task Another_worker_that_registers_at_the_same_moment_is_no_error()
    {
        // The description does not see the other's registration yet; ours is refused.
        await RegisterAsync("billing");
        _kinesis.Refuse = (operation, number) => operation == "DescribeStreamConsumer" && number == 1
            ? new KinesisApiException(KinesisErrorKind.NotFound, "ResourceNotFoundException", "not yet") : null;
        using var registration = New();

        Assert.Equal((await _local.DescribeStreamConsumerAsync(StreamArn, "billing", Token)).ConsumerArn, await RunAsync(registration));
    }
    [Fact]

    [Trait("Story", "E6")]
    public async Task A_consumer_that_is_being_deleted_is_awaited_and_registered_anew()
    {
        var old = await RegisterAsync("billing");
        _clock.RunFor(TimeSpan.FromSeconds(4));
        await _local.DeregisterStreamConsumerAsync(old, Token);
        using var registration = New();

        var arn = await RunAsync(registration);

        Assert.NotEqual(old, arn);
        Assert.Equal("ACTIVE", (await _local.DescribeStreamConsumerAsync(arn, Token)).ConsumerStatus);
    }

    [Trait("Story", "E6")]
    [Fact]
    public async Task A_consumer_that_never_becomes_active_is_reported_and_awaited_further()
    {
        _kinesis.Refuse = (operation, number) => operation == "RegisterStreamConsumer"
            ? new KinesisApiException(KinesisErrorKind.ResourceInUse, "ResourceInUseException", "exists") : operation == "DescribeStreamConsumer" && number < 70
            ? new KinesisApiException(KinesisErrorKind.NotFound, "ResourceNotFoundException", "not there") : null;
        await RegisterAsync("billing");
        using var registration = New();

        var error = await FailAsync(registration);
        Assert.Equal("ConsumerNotActive", error.Code);
        Assert.True(error.IsTransient);
        _clock.RunFor(TimeSpan.FromSeconds(3));
        Assert.NotEmpty(await RunAsync(registration));
    }
    [Fact]

    [Trait("Story", "E6")]
    public async Task The_limit_of_consumers_is_explained_with_the_ways_out()
    {
        for (var i = 0; i < 20; i++)
        {
            await RegisterAsync($"other-{i}");
            _clock.RunFor(TimeSpan.FromSeconds(4));
        }

        using var registration = New();
        var error = await FailAsync(registration);

        Assert.Equal(KinesisErrorKind.LimitExceeded, error.Kind);
        Assert.Contains("20 consumers (50 with On-demand Advantage)", error.Message, StringComparison.Ordinal);
        Assert.Contains("Retrieval.Mode", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_answers_every_shard_for_two_seconds_and_is_then_tried_again()
    {
        var isDown = true;
        _kinesis.Refuse = (operation, _) => operation == "DescribeStreamSummary" && isDown ? new KinesisApiException(KinesisErrorKind.ServiceFault, "InternalFailure", "m") : null;
        using var registration = New();

        for (var i = 0; i < 50; i++)
            await FailAsync(registration);
        Assert.Single(_kinesis.Calls);
        isDown = false;
        _clock.RunFor(TimeSpan.FromSeconds(2));

        Assert.NotEmpty(await RunAsync(registration));
    }

    [Fact]
    public async Task A_distrusted_ARN_is_looked_up_again_but_only_if_it_is_still_the_one()
    {
        using var registration = New();
        var first = await RunAsync(registration);
        registration.Distrust("another");
        await RunAsync(registration);
        var calls = _kinesis.Calls.Count;

        registration.Distrust(first);
        await RunAsync(registration);

        Assert.True(_kinesis.Calls.Count > calls);
    }

    [Fact]
    public async Task A_consumer_that_somebody_removed_is_registered_again_and_reading_goes_on()
    {
        using var registration = New();
        var first = await RunAsync(registration);
        var source = new FanOutRecordSource(
            new(_kinesis, _kinesis, new("orders"), "shardId-000000000000"), new(StartingPosition.TrimHorizon, _clock), registration, new(), _clock, NullLogger.Instance);
        var reader = new FanOutRig.Reader(source, _clock);
        _clock.RunFor(TimeSpan.FromSeconds(10));

        await _local.DeregisterStreamConsumerAsync(first, Token);
        _clock.RunFor(TimeSpan.FromSeconds(30));
        await _local.Stream("orders").PutAsync("key", "after"u8.ToArray());
        _clock.RunFor(TimeSpan.FromSeconds(30));
        _clock.RunUntilDone(reader.DisposeAsync().AsTask(), TimeSpan.FromMinutes(1));

        Assert.Equal(["after"], reader.Values);
        Assert.NotEqual(first, _kinesis.Subscribes[^1].ConsumerArn);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_deregistered_at_the_end_only_when_the_options_say_so(bool deregisters)
    {
        using var registration = New(new() { DeregistersOnStop = deregisters });
        await RunAsync(registration);

        _clock.RunUntilDone(registration.DeregisterAsync(Token).AsTask(), TimeSpan.FromSeconds(5));

        Assert.Equal(deregisters, _kinesis.Calls.Contains("DeregisterStreamConsumer"));
    }

    [Fact]
    public async Task A_failed_deregistration_does_not_stop_the_stopping()
    {
        _kinesis.Refuse = (operation, _) => operation == "DeregisterStreamConsumer" ? new KinesisApiException(KinesisErrorKind.AccessDenied, "AccessDeniedException", "no") : null;
        using var registration = New(new() { DeregistersOnStop = true });
        await RunAsync(registration);

        _clock.RunUntilDone(registration.DeregisterAsync(Token).AsTask(), TimeSpan.FromSeconds(5));
    }

    private async Task<string> RegisterAsync(string name) => (await _local.RegisterStreamConsumerAsync(StreamArn, name, Token)).ConsumerArn;

    private FanOutRegistration New(FanOutOptions? options = null) => new(_kinesis, new("orders"), "billing", options ?? new(), _clock, NullLogger.Instance);

    private async Task<string> RunAsync(FanOutRegistration registration)
    {
        var lookup = registration.ArnAsync(Token).AsTask();
        _clock.RunUntil(() => lookup.IsCompleted, TimeSpan.FromMinutes(2));
        return await lookup;
    }

    private async Task<KinesisApiException> FailAsync(FanOutRegistration registration) =>
        await Assert.ThrowsAsync<KinesisApiException>(() => RunAsync(registration));
}
