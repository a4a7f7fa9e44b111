using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

public sealed class RenewalConflictTests
{
    private static readonly Lease Mine = new()
    {
        LeaseKey = "s", ShardId = "s", Checkpoint = ExtendedSequenceNumber.Latest, Owner = "me", Counter = 7,
    };

    public static TheoryData<string?, string?, long, string?, bool> Rows() => new()
    {
        // owner, checkpoint owner, counter -> reason of the loss (null = kept), earlier write applied
        { "me", null, 7, null, false },
        { "me", null, 8, null, true },
        { "me", null, 9, "Conflict", false },
        { "me", null, 6, "Conflict", false },
        { "other", "me", 7, null, false },
        { "other", "me", 8, null, true },
        { "me", "me", 7, "Conflict", false },
        { "me", "other", 7, "Taken", false },
        { "other", null, 8, "Taken", false },
        { "other", "third", 7, "Taken", false },
        { null, null, 8, "Taken", false },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_refused_write_is_judged_by_the_row(string? owner, string? checkpointOwner, long counter, string? reason, bool applied)
    {
        var verdict = RenewalConflict.Judge(Mine, Mine with { Owner = owner, CheckpointOwner = checkpointOwner, Counter = counter }, "me");

        Assert.Equal((reason, applied), (verdict.Loss?.Reason.ToString(), verdict.IsEarlierWriteApplied));
    }

    /// <summary>The leader has moved the counter, so nothing is proven by it: the owner must renew again, or it would believe in its lease longer than others do.</summary>
    [Fact]
    public void A_hand_over_that_was_called_off_keeps_the_lease_and_proves_nothing()
    {
        var verdict = RenewalConflict.Judge(Mine with { Owner = "other", CheckpointOwner = "me" }, Mine with { Counter = 8 }, "me");

        Assert.Equal((null, false), (verdict.Loss, verdict.IsEarlierWriteApplied));
    }

    [Fact]
    public void A_row_that_is_gone_is_a_loss() =>
        Assert.Equal(LeaseLossReason.Deleted, RenewalConflict.Judge(Mine, null, "me").Loss!.Reason);
}
