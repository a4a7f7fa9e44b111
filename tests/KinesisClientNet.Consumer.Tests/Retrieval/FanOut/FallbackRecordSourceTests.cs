using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Consumer.Retrieval.Polling;
using KinesisClientNet.Consumer.Retrieval.FanOut;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Consumer.Tests.Retrieval.FanOut;

[Collection(VirtualTimeCollection.Name)]
public sealed class FallbackRecordSourceTests
{
    [Fact]
    public void A_shard_whose_subscription_keeps_failing_is_polled_and_returns_with_nothing_lost_or_repeated()
    {
        using var rig = new FanOutRig();
        var isDown = false;
        rig.Kinesis.Refuse = (operation, _) => operation == "SubscribeToShard" && isDown ? Fault(KinesisErrorKind.ServiceFault) : null;
        rig.Kinesis.Break = (_, _) => isDown ? EventFault.Reset : null;
        var reader = rig.Read(Source(rig));
        var put = 0;

        Run(30); // subscribed
        Assert.DoesNotContain("GetRecords", rig.Kinesis.Calls);
        isDown = true;
        Run(90); // falls back after 30 s
        Assert.Contains("GetRecords", rig.Kinesis.Calls);
        isDown = false;
        Run(360); // returns after five minutes
        var polls = rig.Kinesis.Calls.Count(name => name == "GetRecords");
        Run(60);

        Assert.Equal(polls, rig.Kinesis.Calls.Count(name => name == "GetRecords"));
        Assert.Equal(Enumerable.Range(0, put).Select(i => $"{i}"), reader.Values);

        void Run(int seconds)
        {
            for (var i = 0; i < seconds; i++)
            {
                rig.Put("key", $"{put++}");
                rig.Clock.RunFor(TimeSpan.FromSeconds(1));
            }

            rig.Clock.RunFor(TimeSpan.FromSeconds(3));
        }
    }

    [Theory]
    [InlineData(KinesisErrorKind.LimitExceeded)]
    [InlineData(KinesisErrorKind.AccessDenied)]
    public void A_refusal_that_does_not_pass_by_itself_is_not_waited_out(KinesisErrorKind kind)
    {
        using var rig = new FanOutRig();
        rig.Kinesis.Refuse = (operation, _) => operation is "RegisterStreamConsumer" ? Fault(kind) : null;
        rig.Put("key", "a");

        var reader = rig.Read(Source(rig));
        rig.Clock.RunFor(TimeSpan.FromSeconds(2));

        Assert.Equal(["a"], reader.Values);
        Assert.Empty(reader.Errors);
    }

    [Fact]
    public void A_return_that_fails_leaves_polling_alone()
    {
        using var rig = new FanOutRig();
        rig.Kinesis.Refuse = (operation, _) => operation == "SubscribeToShard" ? Fault(KinesisErrorKind.AccessDenied) : null;
        var reader = rig.Read(Source(rig));

        for (var i = 0; i < 20; i++)
        {
            rig.Put("key", $"{i}");
            rig.Clock.RunFor(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), reader.Values);
        Assert.Empty(reader.Errors);
        Assert.InRange(rig.Kinesis.Subscribes.Count, 4, 5);
    }

    [Fact]
    public void A_LATEST_start_that_never_gets_a_subscription_skips_nothing()
    {
        using var rig = new FanOutRig();
        rig.Kinesis.Refuse = (operation, _) => operation == "SubscribeToShard" ? Fault(KinesisErrorKind.ServiceFault) : null;
        var reader = rig.Read(Source(rig, StartingPosition.Latest));
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        rig.Put("key", "while it failed");
        rig.Clock.RunFor(TimeSpan.FromSeconds(60));

        Assert.Equal(["while it failed"], reader.Values);
    }

    [Fact]
    public void A_shard_that_is_gone_is_for_the_reader_to_find_out()
    {
        using var rig = new FanOutRig();
        rig.Kinesis.Refuse = (operation, _) => operation == "SubscribeToShard" ? Fault(KinesisErrorKind.NotFound) : null;
        var reader = rig.Read(Source(rig));

        rig.Clock.RunFor(TimeSpan.FromMinutes(2));

        Assert.NotEmpty(reader.Errors);
        Assert.DoesNotContain("GetRecords", rig.Kinesis.Calls);
    }

    private static KinesisApiException Fault(KinesisErrorKind kind) => new(kind, kind.ToString(), "the test says so");

    private static FallbackRecordSource Source(FanOutRig rig, StartingPosition start = default)
    {
        var shard = new ShardAddress(rig.Kinesis, rig.Kinesis, rig.Stream, rig.ShardIds[0]);
        var resume = new ResumePoint(start, rig.Clock);
        var fanOut = new FanOutRecordSource(shard, resume, rig.Registration, rig.Options, rig.Clock, NullLogger.Instance);
        return new(fanOut, () => new PollingRecordSource(shard, resume, new PollingOptions(), rig.Clock), rig.Options, shard.ShardId, rig.Clock, NullLogger.Instance);
    }
}
