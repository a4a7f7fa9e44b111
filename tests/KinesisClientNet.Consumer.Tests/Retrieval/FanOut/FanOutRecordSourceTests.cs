using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Retrieval.FanOut;

[Collection(VirtualTimeCollection.Name)]
public sealed class FanOutRecordSourceTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>A day of an application of 200 shards: KCL logs 350 warnings a day for it (demand story E1).</summary>
    [Fact]
    [Trait("Story", "E1")]
    public void A_day_of_200_shards_has_288_renewals_a_shard_and_no_warning_gap_or_repetition()
    {
        const int Shards = 200;
        const int Minutes = 24 * 60;
        using var rig = new FanOutRig(Shards, isLong: true);
        var readers = rig.ShardIds.Select(id => rig.Read(id, StartingPosition.TrimHorizon)).ToList();

        for (var minute = 0; minute < Minutes; minute++)
        {
            for (var i = 0; i < 4; i++)
                rig.Put($"key-{i}", $"{minute}-{i}");
            rig.Clock.RunFor(Minute);
        }

        Assert.Equal(0, rig.Warnings.Count);
        Assert.All(readers, reader => Assert.Empty(reader.Errors));
        Assert.All(rig.Kinesis.Subscribes, call => Assert.Null(call.Refusal));
        var values = readers.SelectMany(reader => reader.Values).ToList();
        Assert.Equal(4 * Minutes, values.Count);
        foreach (var group in values.GroupBy(value => value[(value.IndexOf('-') + 1)..]))
            Assert.Equal(Enumerable.Range(0, Minutes).Select(minute => $"{minute}-{group.Key}"), group);
        Assert.All(rig.Kinesis.Subscribes.CountBy(call => call.ShardId), shard => Assert.InRange(shard.Value - 1, 287, 288)); // the last is due at midnight
        Assert.Equal(Shards, rig.Kinesis.Open);
        Assert.All(rig.Kinesis.Subscribes.Skip(Shards), call => Assert.Equal(StartingPositionType.AfterSequenceNumber, call.Position.Type));
    }

    /// <summary>The same with the service's own heartbeats, one every five seconds.</summary>
    [Fact]
    [Trait("Story", "E1")]
    public void A_day_of_one_shard_with_a_heartbeat_every_five_seconds_is_quiet_too()
    {
        using var rig = new FanOutRig();
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);
        for (var hour = 0; hour < 24; hour++)
        {
            rig.Put("key", $"{hour}");
            rig.Clock.RunFor(TimeSpan.FromHours(1));
        }

        Assert.Equal(Enumerable.Range(0, 24).Select(hour => $"{hour}"), reader.Values);
        Assert.Equal((0, 0), (reader.Errors.Count, rig.Warnings.Count));
        Assert.InRange(rig.Kinesis.Subscribes.Count, 288, 289);
    }

    [Theory]
    [Trait("Story", "E4")]
    [InlineData(EventFault.Reset)]
    [InlineData(EventFault.End)]
    public void A_subscription_that_breaks_anywhere_is_back_within_six_seconds_with_nothing_lost(EventFault fault)
    {
        using var rig = new FanOutRig();
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);
        rig.Kinesis.Break = (_, index) => index == 3 ? fault : null;

        for (var i = 0; i < 300; i++)
        {
            rig.Put("key", $"{i}");
            rig.Clock.RunFor(TimeSpan.FromSeconds(0.5));
            Assert.InRange(rig.Clock.GetUtcNow() - reader.LastPageAt, TimeSpan.Zero, TimeSpan.FromSeconds(6));
        }

        rig.Clock.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"{i}"), reader.Values);
        Assert.All(rig.Kinesis.Subscribes, call => Assert.Null(call.Refusal)); // five seconds and one call a second are kept
        Assert.InRange(rig.Kinesis.Subscribes.Count, 20, 40);
        Assert.Equal(fault == EventFault.Reset, reader.Errors.Count > 0);
    }

    [Trait("Story", "E2")]
    [Fact]
    public void A_subscription_of_a_dead_worker_is_taken_over_without_an_error()
    {
        using var rig = new FanOutRig();
        rig.Put("key", "a");
        var dead = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));
        dead.Pause(); // it holds the subscription and reads no more
        rig.Clock.RunFor(TimeSpan.FromSeconds(0.5));

        var heir = rig.Read(rig.Source(rig.ShardIds[0], StartingPosition.TrimHorizon));
        rig.Clock.RunFor(TimeSpan.FromSeconds(6));

        Assert.Equal(["a"], heir.Values);
        Assert.Empty(heir.Errors);
        Assert.Contains(rig.Kinesis.Subscribes, call => call.Refusal == "ResourceInUseException");
    }

    [Trait("Story", "E3")]
    [Fact]
    public void A_handler_of_ten_minutes_loses_nothing_and_is_no_silence()
    {
        using var rig = new FanOutRig();
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);
        rig.Put("key", "0");
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));
        reader.Pause();

        for (var i = 1; i <= 10; i++)
        {
            rig.Put("key", $"{i}");
            rig.Clock.RunFor(Minute);
        }

        reader.Resume();
        rig.Clock.RunFor(TimeSpan.FromSeconds(15));
        Assert.Equal(Enumerable.Range(0, 11).Select(i => $"{i}"), reader.Values);
        Assert.Empty(reader.Errors);
    }

    [Trait("Story", "S1")]
    [Theory]
    [InlineData(EventFault.Stall)]
    [InlineData(EventFault.Hang)]
    public void Silence_is_noticed_and_the_subscription_opened_again(EventFault fault)
    {
        using var rig = new FanOutRig();
        rig.Kinesis.Break = (subscription, index) => subscription == 0 && index == 1 ? fault : null;
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);
        rig.Put("key", "a");
        rig.Clock.RunFor(TimeSpan.FromSeconds(2));
        rig.Put("key", "b");

        rig.Clock.RunFor(TimeSpan.FromSeconds(32)); // 34 s since the last event
        Assert.Equal(["a"], reader.Values);
        rig.Clock.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(["a", "b"], reader.Values);
        var error = Assert.IsType<KinesisApiException>(Assert.Single(reader.Errors));
        Assert.Equal("SubscriptionSilent", error.Code);
        Assert.Contains("Retrieval.FanOut.SilenceTimeout", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
    }

    [Trait("Story", "E5")]
    [Fact]
    [Trait("Story", "S5")]
    public void The_end_of_a_shard_comes_once_with_its_children_and_again_after_a_restart()
    {
        using var rig = new FanOutRig();
        rig.Put("key", "last");
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        var parent = rig.ShardIds[0];
        rig.Local.Stream("orders").Split(parent);
        rig.Clock.RunFor(TimeSpan.FromSeconds(6));
        var restarted = rig.Read(parent, StartingPosition.At(reader.Last!.Value));
        rig.Clock.RunFor(TimeSpan.FromSeconds(12));

        Assert.Equal(2, reader.End!.Children.Count);
        Assert.Equal(["last"], restarted.Values);
        Assert.Equal(2, restarted.End!.Children.Count);
        Assert.Empty(reader.Errors);
    }

    [Trait("Story", "E5")]
    [Fact]
    public void An_end_without_children_is_believed_only_when_the_shard_is_closed()
    {
        using var rig = new FanOutRig();
        rig.Put("key", "a");
        var isBroken = true;
        rig.Kinesis.Change = shardEvent => isBroken || shardEvent.ChildShards.Count > 0
            ? new(shardEvent.Records, null, 0, null, shardEvent)
            : shardEvent;
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);

        rig.Clock.RunFor(TimeSpan.FromSeconds(3));
        Assert.Equal("ShardIsOpen", Assert.IsType<KinesisApiException>(Assert.Single(reader.Errors)).Code);
        Assert.Empty(reader.Values);
        isBroken = false;
        rig.Clock.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(["a"], reader.Values);

        rig.Local.Stream("orders").Split(rig.ShardIds[0]);
        rig.Clock.RunFor(TimeSpan.FromSeconds(10));
        Assert.NotNull(reader.End);
        Assert.Empty(reader.End.Children);
    }

    [Fact]
    public void A_LATEST_start_that_breaks_before_the_first_event_skips_nothing()
    {
        using var rig = new FanOutRig();
        rig.Put("key", "old");
        rig.Clock.RunFor(Minute);
        rig.Kinesis.Break = (subscription, _) => subscription == 0 ? EventFault.Reset : null;
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.Latest);
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        rig.Put("key", "in between"); // its event is the one that breaks
        rig.Clock.RunFor(TimeSpan.FromSeconds(12));

        Assert.Equal(["in between"], reader.Values);
        Assert.Equal(StartingPositionType.Latest, rig.Kinesis.Subscribes[0].Position.Type);
        Assert.Equal(StartingPositionType.AtTimestamp, rig.Kinesis.Subscribes[1].Position.Type);
    }

    /// <summary>KCL asks AFTER the checkpoint once it was connected, and so skips the rest of an aggregate (kcl.md 5.5).</summary>
    [Fact]
    public void A_start_at_a_checkpoint_stays_there_until_an_event_was_accepted()
    {
        using var rig = new FanOutRig();
        rig.Put("key", "aggregate");
        var number = rig.Local.Stream("orders").Records()[0].SequenceNumber;
        rig.Kinesis.Break = (subscription, _) => subscription == 0 ? EventFault.Reset : null;

        var reader = rig.Read(rig.ShardIds[0], StartingPosition.At(number));
        rig.Clock.RunFor(TimeSpan.FromSeconds(10));

        Assert.Equal([StartingPosition.At(number), StartingPosition.At(number)], rig.Kinesis.Subscribes.Take(2).Select(call => call.Position));
        Assert.Equal(["aggregate"], reader.Values);
    }

    [Fact]
    [Trait("Story", "E5")]
    public void A_continuation_behind_the_last_record_repeats_nothing()
    {
        using var rig = new FanOutRig();
        rig.Kinesis.Change = shardEvent => new(shardEvent.Records, SequenceNumber.Parse("1"), 0, null, shardEvent);
        rig.Kinesis.Break = (_, index) => index == 1 ? EventFault.End : null;
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);

        rig.Put("key", "a");
        rig.Clock.RunFor(TimeSpan.FromSeconds(8));

        Assert.Equal(["a"], reader.Values);
    }

    [Fact]
    public void A_service_that_always_ends_at_once_is_an_error_and_no_busy_loop()
    {
        using var rig = new FanOutRig();
        rig.Kinesis.Break = (_, _) => EventFault.End;
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);
        rig.Put("key", "a");

        rig.Clock.RunFor(Minute);

        Assert.InRange(rig.Kinesis.Subscribes.Count, 5, 13);
        Assert.All(reader.Errors, error => Assert.Equal("SubscriptionEnded", ((KinesisApiException)error).Code));
    }

    [Trait("Story", "E2")]
    [Fact]
    public void A_service_that_refuses_is_asked_once_a_second_and_heard_when_it_recovers()
    {
        var isDown = true;
        using var rig = new FanOutRig();
        rig.Kinesis.Refuse = (operation, _) => operation == "SubscribeToShard" && isDown ? new KinesisApiException(KinesisErrorKind.ServiceFault, "InternalFailure", "m") : null;
        var reader = rig.Read(rig.ShardIds[0], StartingPosition.TrimHorizon);
        rig.Put("key", "a");

        rig.Clock.RunFor(TimeSpan.FromSeconds(10));
        Assert.InRange(rig.Kinesis.Subscribes.Count, 7, 10); // one call a second at most
        isDown = false;
        rig.Clock.RunFor(TimeSpan.FromSeconds(3));

        Assert.Equal(["a"], reader.Values);
    }

    [Trait("Story", "M4")]
    [Fact]
    public void Ten_thousand_forced_disconnects_leave_nothing_behind()
    {
        using var rig = new FanOutRig(shards: 20);
        rig.Kinesis.Break = (subscription, index) => index >= subscription % 2 ? (subscription % 3) switch { 0 => EventFault.Reset, 1 => EventFault.End, _ => EventFault.Stall } : null;
        var options = rig.Options;
        options.SilenceTimeout = TimeSpan.FromSeconds(6);
        foreach (var id in rig.ShardIds)
            rig.Read(id, StartingPosition.TrimHorizon);
        rig.Clock.RunFor(Minute);
        var tasks = ThreadPool.PendingWorkItemCount;

        rig.Clock.RunUntil(() => rig.Kinesis.Subscribes.Count >= 10_000, TimeSpan.FromDays(1));

        Assert.InRange(rig.Kinesis.Open, 0, 20);
        Assert.InRange(ThreadPool.PendingWorkItemCount - tasks, 0, 20);
        Assert.InRange(rig.Clock.ArmedTimers, 0, 200);
    }
}
