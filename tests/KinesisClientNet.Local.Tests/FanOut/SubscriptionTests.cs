using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Tests.FanOut;

public class SubscriptionTests
{
    private const string Shard = "shardId-000000000000";
    private readonly LocalFixture _local = new();

    [Fact]
    public async Task Records_are_pushed_as_they_arrive()
    {
        var consumer = await RegisterAsync("billing");
        await using var subscription = await SubscribeAsync(consumer, StartingPosition.TrimHorizon);
        await using var events = subscription.GetAsyncEnumerator(LocalFixture.Token);
        var first = events.MoveNextAsync();
        Assert.False(first.IsCompleted);

        var put = await _local.PutAsync("1");

        Assert.True(await first);
        Assert.Equal("1", LocalFixture.Text(Assert.Single(events.Current.Records)));
        Assert.Equal(put.SequenceNumber, events.Current.ContinuationSequenceNumber);
        Assert.Equal(0, events.Current.MillisBehindLatest);
    }

    [Fact]
    public async Task Idle_subscription_beats_every_five_seconds_with_a_continuation_that_moves()
    {
        var consumer = await RegisterAsync("billing");
        await using var subscription = await SubscribeAsync(consumer, StartingPosition.Latest);
        await using var events = subscription.GetAsyncEnumerator(LocalFixture.Token);
        var beats = new List<ShardEvent>();
        for (var i = 0; i < 3; i++)
        {
            var next = events.MoveNextAsync();
            _local.Clock.Advance(TimeSpan.FromSeconds(4.999));
            Assert.False(next.IsCompleted);
            _local.Clock.Advance(TimeSpan.FromSeconds(0.001));
            Assert.True(await next);
            beats.Add(events.Current);
        }

        Assert.All(beats, static beat => Assert.Empty(beat.Records));
        Assert.Equal(3, beats.Select(static beat => beat.ContinuationSequenceNumber).Distinct().Count());
        await _local.PutAsync("later");
        foreach (var beat in beats)
            Assert.Equal(["later"], await _local.TextsAsync(StartingPosition.After(beat.ContinuationSequenceNumber!.Value)));
    }

    [Fact]
    public async Task Subscription_ends_without_an_error_after_five_minutes()
    {
        var consumer = await RegisterAsync("billing");
        await using var subscription = await SubscribeAsync(consumer, StartingPosition.Latest);
        await using var events = subscription.GetAsyncEnumerator(LocalFixture.Token);
        var beats = 0;
        for (var next = events.MoveNextAsync(); ; next = events.MoveNextAsync())
        {
            if (!next.IsCompleted)
                _local.Clock.Advance(TimeSpan.FromSeconds(5));
            if (!await next)
                break;
            beats++;
        }

        Assert.Equal(59, beats);
        Assert.Equal(LocalFixture.Start + TimeSpan.FromMinutes(5), _local.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Closed_shard_ends_with_one_event_that_has_the_rest_and_the_children()
    {
        var consumer = await RegisterAsync("billing");
        await _local.PutAsync("rest");
        await using var subscription = await SubscribeAsync(consumer, StartingPosition.TrimHorizon);
        _local.Stream.Split(Shard);

        var events = new List<ShardEvent>();
        await foreach (var shardEvent in subscription.WithCancellation(LocalFixture.Token))
            events.Add(shardEvent);

        var last = Assert.Single(events);
        Assert.Equal("rest", LocalFixture.Text(Assert.Single(last.Records)));
        Assert.Null(last.ContinuationSequenceNumber);
        Assert.Equal(2, last.ChildShards.Count);
    }

    [Fact]
    public async Task Close_wakes_a_waiting_subscription()
    {
        var consumer = await RegisterAsync("billing");
        await using var subscription = await SubscribeAsync(consumer, StartingPosition.Latest);
        await using var events = subscription.GetAsyncEnumerator(LocalFixture.Token);
        var next = events.MoveNextAsync();

        _local.Stream.Split(Shard);

        Assert.True(await next);
        Assert.Null(events.Current.ContinuationSequenceNumber);
        Assert.False(await events.MoveNextAsync());
    }

    [Fact]
    public async Task Second_subscription_is_refused_for_five_seconds_and_then_takes_over()
    {
        var consumer = await RegisterAsync("billing");
        await using var first = await SubscribeAsync(consumer, StartingPosition.Latest);
        await using var events = first.GetAsyncEnumerator(LocalFixture.Token);
        var waiting = events.MoveNextAsync().AsTask();
        _local.Clock.Advance(TimeSpan.FromSeconds(4.9));
        await LocalFixture.RefusedAsync(SubscribeAsync(consumer, StartingPosition.Latest), "ResourceInUseException");
        _local.Clock.Advance(TimeSpan.FromSeconds(0.1));

        await using var second = await SubscribeAsync(consumer, StartingPosition.Latest);

        // The beat that was due at five seconds may come before the refusal; then the refusal is next.
        var error = await Assert.ThrowsAsync<KinesisApiException>(async () =>
        {
            while (await waiting)
                waiting = events.MoveNextAsync().AsTask();
        });
        Assert.Equal("ResourceInUseException", error.Code);
        await _local.PutAsync("for the second");
        await using var secondEvents = second.GetAsyncEnumerator(LocalFixture.Token);
        Assert.True(await secondEvents.MoveNextAsync());
        Assert.Single(secondEvents.Current.Records);
    }

    /// <summary>Found by simulated seed 1523: the hold time of five seconds was judged by the wall clock and lasted for as long as that was set back.</summary>
    [Fact]
    public async Task Wall_clock_that_is_set_back_does_not_keep_a_subscription_longer()
    {
        var clock = new SetBackClock();
        var kinesis = new LocalKinesis(clock).AddStream("orders", 1);
        var consumer = await kinesis.RegisterStreamConsumerAsync(kinesis.Stream("orders").Arn, "billing", LocalFixture.Token);
        await using var first = await kinesis.SubscribeToShardAsync(consumer.ConsumerArn, Shard, StartingPosition.Latest, LocalFixture.Token);
        clock.SetBack(TimeSpan.FromMinutes(10));
        await LocalFixture.RefusedAsync(
            kinesis.SubscribeToShardAsync(consumer.ConsumerArn, Shard, StartingPosition.Latest, LocalFixture.Token), "ResourceInUseException");

        clock.Advance(TimeSpan.FromSeconds(5));

        await using var second = await kinesis.SubscribeToShardAsync(consumer.ConsumerArn, Shard, StartingPosition.Latest, LocalFixture.Token);
        Assert.NotSame(first, second);
    }

    [Fact]
    public async Task Consumers_do_not_disturb_each_other()
    {
        await using var first = await SubscribeAsync(await RegisterAsync("billing"), StartingPosition.TrimHorizon);
        await using var second = await SubscribeAsync(await RegisterAsync("audit"), StartingPosition.TrimHorizon);
        await _local.PutAsync("both");

        foreach (var subscription in new[] { first, second })
        {
            await using var events = subscription.GetAsyncEnumerator(LocalFixture.Token);
            Assert.True(await events.MoveNextAsync());
            Assert.Single(events.Current.Records);
        }
    }

    [Fact]
    public async Task Rate_of_one_call_a_second_is_enforced_when_throttling_is_on()
    {
        var local = new LocalFixture(options: new() { Throttling = LocalThrottling.Strict });
        var consumer = await local.Kinesis.RegisterStreamConsumerAsync(local.Stream.Arn, "billing", LocalFixture.Token);
        await using var live = await SubscribeAsync(local);
        local.Clock.Advance(TimeSpan.FromSeconds(2));

        await LocalFixture.RefusedAsync(SubscribeAsync(local), "ResourceInUseException");
        var error = await LocalFixture.RefusedAsync(SubscribeAsync(local), "LimitExceededException");

        Assert.Equal(KinesisErrorKind.Throttled, error.Kind);

        ValueTask<IShardSubscription> SubscribeAsync(LocalFixture fixture) =>
            fixture.Kinesis.SubscribeToShardAsync(consumer.ConsumerArn, Shard, StartingPosition.Latest, LocalFixture.Token);
    }

    [Fact]
    public async Task Throughput_is_two_mebibytes_a_second_when_throttling_is_on()
    {
        var local = new LocalFixture(options: new() { Throttling = LocalThrottling.Strict });
        for (var i = 0; i < 6; i++)
            local.Stream.PutArrivedAt(LocalFixture.Start, "k", new byte[(1024 * 1024) - 1]);
        var consumer = await local.Kinesis.RegisterStreamConsumerAsync(local.Stream.Arn, "billing", LocalFixture.Token);
        await using var subscription = await local.Kinesis.SubscribeToShardAsync(
            consumer.ConsumerArn, Shard, StartingPosition.TrimHorizon, LocalFixture.Token);
        await using var events = subscription.GetAsyncEnumerator(LocalFixture.Token);

        var got = 0;
        Assert.True(await events.MoveNextAsync());
        got += events.Current.Records.Count;
        while (got < 6)
        {
            var next = events.MoveNextAsync();
            Assert.False(next.IsCompleted);
            local.Clock.Advance(TimeSpan.FromSeconds(1) + TimeSpan.FromMilliseconds(1));
            Assert.True(await next);
            got += events.Current.Records.Count;
        }

        Assert.Equal(LocalFixture.Start + TimeSpan.FromMilliseconds(2002), local.Clock.GetUtcNow());
    }

    [Fact]
    public async Task Cancelled_reader_ends_with_its_own_token()
    {
        var consumer = await RegisterAsync("billing");
        await using var subscription = await SubscribeAsync(consumer, StartingPosition.Latest);
        using var cancellation = new CancellationTokenSource();
        await using var events = subscription.GetAsyncEnumerator(cancellation.Token);
        var next = events.MoveNextAsync().AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Deregistered_consumer_ends_its_subscriptions()
    {
        var consumer = await RegisterAsync("billing");
        await using var subscription = await SubscribeAsync(consumer, StartingPosition.Latest);
        await using var events = subscription.GetAsyncEnumerator(LocalFixture.Token);
        var next = events.MoveNextAsync().AsTask();

        await _local.Kinesis.DeregisterStreamConsumerAsync(consumer.ConsumerArn, LocalFixture.Token);

        Assert.Equal("ResourceNotFoundException", (await Assert.ThrowsAsync<KinesisApiException>(() => next)).Code);
    }

    [Fact]
    public async Task Subscription_is_enumerated_once()
    {
        await using var subscription = await SubscribeAsync(await RegisterAsync("billing"), StartingPosition.Latest);
        await using var events = subscription.GetAsyncEnumerator(LocalFixture.Token);

        Assert.Throws<InvalidOperationException>(() => subscription.GetAsyncEnumerator(LocalFixture.Token));
    }

    private ValueTask<StreamConsumer> RegisterAsync(string name) =>
        _local.Kinesis.RegisterStreamConsumerAsync(_local.Stream.Arn, name, LocalFixture.Token);

    private ValueTask<IShardSubscription> SubscribeAsync(StreamConsumer consumer, StartingPosition position) =>
        _local.Kinesis.SubscribeToShardAsync(consumer.ConsumerArn, Shard, position, LocalFixture.Token);
}
