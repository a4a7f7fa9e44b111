using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Settling;

namespace KinesisClientNet.Producer.Tests.Settling;

/// <summary>Issue 3: classification table of every failure, and success judged per Kinesis record.</summary>
public sealed class SettlePlanTests
{
    private static readonly RetryLimits Limits = new(MaxAttempts: 10, MaxDoubtfulAttempts: 3);
    private static readonly Dictionary<string, HashKeyRange> Ranges = new() { ["s-1"] = new(0, 99), ["s-2"] = new(100, 199) };
    private static readonly SentRecord Aggregate = new(true, new HashKeyRange(10, 90), "s-0", 1);
    private static readonly SentRecord Single = new(false, new HashKeyRange(10, 10), "s-0", 1);

    [Theory]
    [InlineData("ProvisionedThroughputExceededException", SettleAction.Retry)]
    [InlineData("KMSThrottlingException", SettleAction.Retry)]
    [InlineData("InternalFailure", SettleAction.Retry)]
    [InlineData("ServiceUnavailable", SettleAction.Retry)]
    [InlineData("SomethingNew", SettleAction.Retry)]
    [InlineData("ExpiredTokenException", SettleAction.Retry)]
    [InlineData("InvalidArgumentException", SettleAction.Fail)]
    [InlineData("AccessDeniedException", SettleAction.Fail)]
    [InlineData("ResourceNotFoundException", SettleAction.Fail)]
    [InlineData("KMSDisabledException", SettleAction.Fail)]
    internal void Each_entry_code_has_its_treatment(string code, SettleAction expected)
    {
        var verdict = SettlePlan.Judge(Single, new PutRecordsResultEntry(null, default, code), Ranges, Limits);

        Assert.Equal(expected, verdict.Action);
    }

    [Theory]
    [InlineData(KinesisErrorKind.Throttled, FailureClass.Throttle)]
    [InlineData(KinesisErrorKind.LimitExceeded, FailureClass.Throttle)]
    [InlineData(KinesisErrorKind.ServiceFault, FailureClass.Transient)]
    [InlineData(KinesisErrorKind.Connection, FailureClass.Transient)]
    [InlineData(KinesisErrorKind.MalformedResponse, FailureClass.Transient)]
    [InlineData(KinesisErrorKind.Authentication, FailureClass.Doubtful)]
    [InlineData(KinesisErrorKind.Unknown, FailureClass.Doubtful)]
    [InlineData(KinesisErrorKind.NotFound, FailureClass.Permanent)]
    [InlineData(KinesisErrorKind.AccessDenied, FailureClass.Permanent)]
    [InlineData(KinesisErrorKind.KeyUnavailable, FailureClass.Permanent)]
    [InlineData(KinesisErrorKind.InvalidArgument, FailureClass.Content)]
    [InlineData(KinesisErrorKind.RequestTooLarge, FailureClass.Content)]
    internal void Each_kind_of_failed_call_has_its_class(KinesisErrorKind kind, FailureClass expected) =>
        Assert.Equal(expected, FailureTable.OfCall(new KinesisApiException(kind, "Code", "message")).Class);

    [Theory]
    [InlineData(9, SettleAction.Retry)]
    [InlineData(10, SettleAction.Fail)]
    internal void A_record_is_tried_up_to_its_limit(int attempts, SettleAction expected)
    {
        var verdict = SettlePlan.Judge(Single with { Attempts = attempts }, new PutRecordsResultEntry(null, default, "InternalFailure"), Ranges, Limits);

        Assert.Equal(expected, verdict.Action);
        if (expected == SettleAction.Fail)
            Assert.Equal(RecordFailureReason.AttemptsExhausted, verdict.Reason);
    }

    [Theory]
    [InlineData("SomethingNew", RecordFailureReason.ServiceError)]
    [InlineData("UnrecognizedClientException", RecordFailureReason.AuthenticationFailed)]
    public void A_doubtful_failure_is_tried_a_few_times_only(string code, RecordFailureReason reason)
    {
        var verdict = SettlePlan.Judge(Single with { Attempts = 3 }, new PutRecordsResultEntry(null, default, code), Ranges, Limits);

        Assert.Equal((SettleAction.Fail, reason), (verdict.Action, verdict.Reason));
    }

    [Theory]
    [InlineData("s-0", SettleAction.Deliver, false)] // where it was meant to go
    [InlineData("s-1", SettleAction.Deliver, true)] // elsewhere, but the shard holds all its keys
    [InlineData("s-2", SettleAction.Misplaced, true)] // a KCL would drop it there
    [InlineData("s-9", SettleAction.AwaitMap, true)] // nobody knows that shard yet
    internal void An_aggregate_is_judged_by_the_range_of_the_shard_that_stored_it(string shard, SettleAction expected, bool refreshes)
    {
        var verdict = SettlePlan.Judge(Aggregate, new PutRecordsResultEntry(shard, default), Ranges, Limits);

        Assert.Equal((expected, refreshes), (verdict.Action, verdict.RefreshesMap));
    }

    [Theory]
    [InlineData(90UL, SettleAction.Deliver)]
    [InlineData(99UL, SettleAction.Deliver)]
    [InlineData(100UL, SettleAction.Misplaced)]
    internal void Both_ends_of_an_aggregate_must_be_inside(ulong last, SettleAction expected) =>
        Assert.Equal(expected, SettlePlan.Judge(Aggregate with { HashKeys = new(0, last) }, new PutRecordsResultEntry("s-1", default), Ranges, Limits).Action);

    [Theory]
    [InlineData("s-2")]
    [InlineData("s-9")]
    public void A_single_record_is_right_wherever_it_lands(string shard)
    {
        var verdict = SettlePlan.Judge(Single, new PutRecordsResultEntry(shard, default), Ranges, Limits);

        Assert.Equal((SettleAction.Deliver, true), (verdict.Action, verdict.RefreshesMap));
    }

    [Fact]
    public void A_refused_call_is_halved_until_one_record_is_left()
    {
        var rule = FailureTable.OfKind(KinesisErrorKind.InvalidArgument);

        Assert.Equal(SettleAction.Halve, SettlePlan.JudgeCall(rule, Single, 2, null, Limits).Action);
        Assert.Equal(SettleAction.Fail, SettlePlan.JudgeCall(rule, Single, 1, null, Limits).Action);
        Assert.Equal(SettleAction.Unpack, SettlePlan.JudgeCall(rule, Aggregate, 1, null, Limits).Action);
    }

    [Fact]
    public void The_search_ends_when_everything_is_refused()
    {
        var rule = FailureTable.OfKind(KinesisErrorKind.InvalidArgument);

        Assert.Equal(SettleAction.Fail, SettlePlan.JudgeCall(rule, Single, 100, new IsolationRun { Refused = 8 }, Limits).Action);
        Assert.Equal(SettleAction.Halve, SettlePlan.JudgeCall(rule, Single, 100, new IsolationRun { Refused = 8, Accepted = 1 }, Limits).Action);
    }
}
