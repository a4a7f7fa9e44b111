using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Tests.Faults;

/// <summary>Every fault of the plan, once in the process and once over HTTP: the caller sees the same.</summary>
public class FaultsBothWaysTests
{
    private static CancellationToken Token => LocalFixture.Token;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Named_entries_fail_with_their_codes_and_the_others_are_stored(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        rig.Faults.Next(LocalOperation.PutRecords, Fault.ThrottledEntries(1, 3)).Next(LocalOperation.PutRecords, Fault.FailedEntries(0));

        var throttled = await rig.PutAsync(5);
        var failed = await rig.PutAsync(2);

        Assert.Equal([1, 3], Enumerable.Range(0, 5).Where(i => throttled.Records[i].ErrorCode == "ProvisionedThroughputExceededException"));
        Assert.Equal((2, 1, "InternalFailure"), (throttled.FailedRecordCount, failed.FailedRecordCount, failed.Records[0].ErrorCode));
        Assert.Equal(4, rig.Stream.Records().Count);
    }

    [Fact]
    public async Task One_seed_chooses_the_same_entries_and_the_same_calls_both_ways()
    {
        await using var here = await FaultRig.StartAsync(overHttp: false, options: new() { Seed = 11 });
        await using var there = await FaultRig.StartAsync(overHttp: true, options: new() { Seed = 11 });
        var outcomes = new HashSet<string>();
        foreach (var rig in new[] { here, there })
            rig.Faults.Randomly(0.3, LocalOperation.PutRecords, Fault.InternalFailure).Randomly(0.5, LocalOperation.PutRecords, Fault.SomeThrottledEntries(2));

        for (var i = 0; i < 30; i++)
        {
            var expected = await OutcomeAsync(here);
            Assert.Equal(expected, await OutcomeAsync(there));
            outcomes.Add(expected);
        }

        Assert.True(outcomes.Count > 5, $"{outcomes.Count} outcomes");
        Assert.Equal(here.Faults.Counts, there.Faults.Counts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Throttle_and_internal_errors_apply_nothing_and_keep_kind_code_and_status(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        rig.Faults.Next(LocalOperation.PutRecords, Fault.Throttled).Next(LocalOperation.PutRecords, Fault.InternalFailure)
            .Next(LocalOperation.PutRecords, Fault.Unavailable).Next(LocalOperation.ListShards, Fault.Throttled)
            .Next(LocalOperation.ListShards, Fault.Error(KinesisErrorKind.AccessDenied, "AccessDeniedException"));

        var throttled = await LocalFixture.RefusedAsync(rig.PutAsync(1), "ProvisionedThroughputExceededException");
        var failed = await LocalFixture.RefusedAsync(rig.PutAsync(1), "InternalFailureException");
        var away = await LocalFixture.RefusedAsync(rig.PutAsync(1), "ServiceUnavailable");
        await LocalFixture.RefusedAsync(rig.Api.ListShardsAsync(new(new("orders")), Token), "LimitExceededException");
        var denied = await LocalFixture.RefusedAsync(rig.Api.ListShardsAsync(new(new("orders")), Token), "AccessDeniedException");

        Assert.Equal((KinesisErrorKind.Throttled, 400), (throttled.Kind, throttled.HttpStatus));
        Assert.Equal((KinesisErrorKind.ServiceFault, 500), (failed.Kind, failed.HttpStatus));
        Assert.Equal((KinesisErrorKind.ServiceFault, 503), (away.Kind, away.HttpStatus));
        Assert.Equal(KinesisErrorKind.AccessDenied, denied.Kind);
        Assert.Empty(rig.Stream.Records());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Latency_before_the_call_is_waited_out_by_the_services_clock(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        rig.Faults.Next(LocalOperation.PutRecords, Fault.Delay(TimeSpan.FromSeconds(3)));

        var response = await rig.WaitOutAsync(rig.PutAsync(1), TimeSpan.FromSeconds(3), () => Assert.Empty(rig.Stream.Records()));

        Assert.Equal(0, response.FailedRecordCount);
        Assert.Equal(LocalFixture.Start.AddSeconds(3), rig.Stream.Records()[0].ApproximateArrivalTimestamp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Late_answer_comes_after_the_call_was_applied(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        rig.Faults.Next(LocalOperation.PutRecords, Fault.LateAnswer(TimeSpan.FromSeconds(3)));

        await rig.WaitOutAsync(rig.PutAsync(1), TimeSpan.FromSeconds(3), () => Assert.Single(rig.Stream.Records()));

        Assert.Equal(LocalFixture.Start, rig.Stream.Records()[0].ApproximateArrivalTimestamp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lost_answer_is_applied_and_lost_request_is_not(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        rig.Faults.Next(LocalOperation.PutRecords, Fault.LostAnswer).Next(LocalOperation.PutRecords, Fault.LostRequest);

        var applied = await Assert.ThrowsAsync<KinesisApiException>(async () => await rig.PutAsync(3));
        Assert.Equal(3, rig.Stream.Records().Count);
        var lost = await Assert.ThrowsAsync<KinesisApiException>(async () => await rig.PutAsync(3));

        Assert.Equal(3, rig.Stream.Records().Count);
        Assert.All([applied, lost], static error => Assert.Equal((KinesisErrorKind.Connection, true), (error.Kind, error.IsTransient)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Iterator_expires_now(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        var iterator = await rig.IteratorAsync(StartingPosition.TrimHorizon);
        rig.Faults.Next(LocalOperation.GetRecords, Fault.ExpiredIterator);

        var error = await LocalFixture.RefusedAsync(rig.PageAsync(iterator), "ExpiredIteratorException");

        Assert.Equal(KinesisErrorKind.ExpiredIterator, error.Kind);
        using var page = await rig.PageAsync(iterator);
        Assert.NotNull(page.NextShardIterator);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Empty_page_is_no_sign_of_being_caught_up(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        await rig.PutAsync(2);
        rig.Faults.Next(LocalOperation.GetRecords, Fault.EmptyPage);

        using var empty = await rig.PageAsync(await rig.IteratorAsync(StartingPosition.TrimHorizon));
        using var full = await rig.PageAsync(empty.NextShardIterator!);

        Assert.Equal((0, true, 2), (empty.Records.Count, empty.MillisBehindLatest > 0, full.Records.Count));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 2)]
    [InlineData(true, 0)]
    [InlineData(true, 2)]
    public async Task Fan_out_is_cut_after_its_events(bool overHttp, int events)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        var consumer = await rig.Api.RegisterStreamConsumerAsync(rig.Stream.Arn, "billing", Token);
        rig.Faults.Next(LocalOperation.SubscribeToShard, Fault.CutSubscription(events));
        var seen = 0;

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () =>
        {
            await rig.PutAsync(1);
            await using var subscription = await rig.Api.SubscribeToShardAsync(consumer.ConsumerArn, "shardId-000000000000", StartingPosition.TrimHorizon, Token);
            await foreach (var shardEvent in subscription.WithCancellation(Token))
            {
                using (shardEvent)
                    seen += shardEvent.Records.Count;
                await rig.PutAsync(1);
            }
        });

        // A reset overtakes what the client has not read: the last event may go with the connection, those before it were read.
        Assert.Equal(KinesisErrorKind.Connection, error.Kind);
        Assert.InRange(seen, overHttp ? Math.Max(0, events - 1) : events, events);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stale_listing_shows_the_shards_before_the_reshard(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        rig.Stream.Split("shardId-000000000000");
        rig.Faults.Next(LocalOperation.ListShards, Fault.StaleListing(TimeSpan.FromSeconds(10)));

        var stale = await rig.Api.ListShardsAsync(new(new("orders")), Token);
        var fresh = await rig.Api.ListShardsAsync(new(new("orders")), Token);

        Assert.True(Assert.Single(stale.Shards).IsOpen);
        Assert.Equal(3, fresh.Shards.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Half_open_connection_ends_with_the_callers_patience_and_applies_nothing(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        var met = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Faults.Met += (_, _) => met.TrySetResult();
        rig.Faults.Next(LocalOperation.PutRecords, Fault.Hang);
        using var patience = new CancellationTokenSource();

        var put = rig.PutAsync(1, patience.Token).AsTask();
        await met.Task;
        Assert.False(put.IsCompleted);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
        Assert.Empty(rig.Stream.Records());
    }

    [Theory]
    [InlineData(false, 60)]
    [InlineData(false, -60)]
    [InlineData(true, 60)]
    [InlineData(true, -60)]
    public async Task Skewed_clock_is_seen_in_arrivals_and_in_what_is_the_future(bool overHttp, int minutes)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        var skew = TimeSpan.FromMinutes(minutes);
        rig.Faults.SkewClock(skew);

        await rig.PutAsync(1);
        using var page = await rig.PageAsync(await rig.IteratorAsync(StartingPosition.AtTimestamp(LocalFixture.Start + skew)));

        Assert.Equal(LocalFixture.Start + skew, Assert.Single(page.Records).ApproximateArrivalTimestamp);
        var now = rig.IteratorAsync(StartingPosition.AtTimestamp(LocalFixture.Start));
        if (minutes < 0)
            await LocalFixture.RefusedAsync(now, "InvalidArgumentException"); // the client's now is the service's future
        else
            await now;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Clock_that_jumps_ahead_expires_iterators_and_trims_records_and_cleared_it_goes_right(bool overHttp)
    {
        await using var rig = await FaultRig.StartAsync(overHttp);
        await rig.PutAsync(1);
        var iterator = await rig.IteratorAsync(StartingPosition.TrimHorizon);
        rig.Faults.SkewClock(TimeSpan.FromMinutes(6));
        await LocalFixture.RefusedAsync(rig.PageAsync(iterator), "ExpiredIteratorException");

        rig.Clock.Advance(TimeSpan.FromHours(10));
        rig.Faults.SkewClock(TimeSpan.FromHours(15));
        using var trimmed = await rig.PageAsync(await rig.IteratorAsync(StartingPosition.TrimHorizon));
        Assert.Empty(trimmed.Records);

        rig.Faults.Clear();
        Assert.Equal(TimeSpan.Zero, rig.Faults.ClockSkew);
        await rig.PutAsync(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => rig.Faults.SkewClock(TimeSpan.FromHours(25)));
    }

    /// <summary>The client signs with its own time, is refused, learns the service's from the Date header, and goes on with it.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(-11)]
    public async Task Strict_server_refuses_a_signature_of_another_time_and_the_client_corrects_its_clock(int minutes)
    {
        await using var rig = await FaultRig.StartAsync(overHttp: true, options: new() { Throttling = LocalThrottling.Strict });
        await rig.PutAsync(1);
        rig.Faults.SkewClock(TimeSpan.FromMinutes(minutes));

        await rig.PutAsync(1);
        await rig.PutAsync(1);

        Assert.Equal(3, rig.Stream.Records().Count);
    }

    private static async Task<string> OutcomeAsync(FaultRig rig)
    {
        try
        {
            return string.Concat((await rig.PutAsync(6)).Records.Select(static result => result.Succeeded ? '.' : 'x'));
        }
        catch (KinesisApiException error)
        {
            return error.Code;
        }
    }
}
