using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>The two ways to await one record: as a task and as a value. Both must tell the same, in every order.</summary>
public sealed class DeliveryTests
{
    private static readonly DeliveryOutcome Stored = new("shardId-7", SequenceNumber.FromBits(0, 42), [new RecordAttempt(1, TimeSpan.Zero, TimeSpan.Zero)]);
    private static readonly RecordFailedException Lost = new(RecordFailureReason.Expired, "lost");

    [Fact]
    public async Task A_value_asked_before_the_outcome_completes_with_it()
    {
        var record = Record(3);
        var waiting = AwaitValueAsync(new PendingRecord(record, 2));
        Assert.False(waiting.IsCompleted);

        record.Deliver(Stored);

        Assert.Equal((Stored.ShardId, 2), Facts(await waiting));
    }

    [Fact]
    public async Task A_value_asked_after_the_outcome_is_there_at_once_and_allocates_nothing()
    {
        var record = Record(1);
        record.Deliver(Stored);
        var pending = new PendingRecord(record, 0);
        Assert.True(AwaitValueAsync(pending).IsCompletedSuccessfully);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var place = 0;
        for (var i = 0; i < 100; i++)
            place += (await pending.AsValueTask()).SubSequenceNumber;

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before + place);
    }

    [Fact]
    public async Task A_failure_is_thrown_to_who_waited_and_to_who_comes_later()
    {
        var record = Record(2);
        var early = AwaitValueAsync(new PendingRecord(record, 1));

        record.Fail(Lost);

        Assert.Same(Lost, await Assert.ThrowsAsync<RecordFailedException>(() => early));
        Assert.True(AwaitValueAsync(new PendingRecord(record, 0)).IsFaulted);
        Assert.Same(Lost, await Assert.ThrowsAsync<RecordFailedException>(() => AwaitValueAsync(new PendingRecord(record, 0))));
    }

    [Theory]
    [InlineData("VVT")]
    [InlineData("VTV")]
    [InlineData("TVV")]
    [InlineData("TT")]
    [InlineData("VV")]
    public async Task Any_number_may_wait_for_one_record_in_both_ways(string ways)
    {
        var record = Record(1);
        var pending = new PendingRecord(record, 0);
        var waiting = ways.Select(way => way == 'T' ? pending.Delivery : AwaitValueAsync(pending)).ToList();

        record.Deliver(Stored);

        Assert.All(await Task.WhenAll(waiting), receipt => Assert.Equal((Stored.ShardId, 0), Facts(receipt)));
    }

    [Fact]
    public async Task Who_waits_for_a_record_that_moves_gets_its_outcome_from_where_it_went()
    {
        var (origin, first, second) = (Record(2), Record(1), Record(1));
        var pending = new PendingRecord(origin, 1);
        var early = AwaitValueAsync(pending);

        origin.MoveTo([new PendingRecord(first, 0), new PendingRecord(second, 0)]);
        var late = AwaitValueAsync(pending);
        Assert.False(early.IsCompleted || late.IsCompleted);
        second.Deliver(Stored);

        Assert.Equal((Stored.ShardId, 0), Facts(await early));
        Assert.Equal((Stored.ShardId, 0), Facts(await late));
        Assert.Equal((Stored.ShardId, 0), Facts(await pending.Delivery));
    }

    [Fact]
    public async Task Continuations_run_on_the_thread_pool_and_not_on_the_pipeline()
    {
        var record = Record(1);
        var waiting = ThreadAfterAsync();

        var pipeline = new Thread(() => record.Deliver(Stored));
        pipeline.Start();

        Assert.True(await waiting);

        async Task<bool> ThreadAfterAsync()
        {
            await new PendingRecord(record, 0).AsValueTask().ConfigureAwait(false);
            return Thread.CurrentThread.IsThreadPoolThread;
        }
    }

    [Fact]
    public async Task Records_beyond_the_reach_of_a_value_token_have_their_outcome_too()
    {
        var record = Record(70_000);
        var early = AwaitValueAsync(new PendingRecord(record, 69_999));

        record.Deliver(Stored);

        Assert.Equal((Stored.ShardId, 69_999), Facts(await early));
        Assert.Equal((Stored.ShardId, 65_535), Facts(await new PendingRecord(record, 65_535).AsValueTask()));
        Assert.Equal((Stored.ShardId, 65_536), Facts(await new PendingRecord(record, 65_536).AsValueTask()));
    }

    private static async Task<RecordReceipt> AwaitValueAsync(PendingRecord pending) => await pending.AsValueTask();

    private static (string, int) Facts(RecordReceipt receipt) => (receipt.ShardId, receipt.SubSequenceNumber);

    private static OutboundRecord Record(int users)
    {
        var record = new OutboundRecord(null!, new FlushEpoch(0), 0);
        for (var i = 0; i < users; i++)
            record.Note(new UserRecord { PartitionKey = "k", KeyUtf8 = "k"u8, Data = default });
        return record;
    }
}
