using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Collecting;

namespace KinesisClientNet.Producer.Settling;

/// <summary>What the plan knows of a Kinesis record that was sent.</summary>
/// <param name="IsAggregate">Whether it holds 2 or more user records in KPL format.</param>
/// <param name="HashKeys">From the lowest to the highest hash key in it.</param>
/// <param name="PredictedShardId">Where it was meant to go; null when that was not known.</param>
/// <param name="Attempts">How often it was sent, this time included.</param>
internal readonly record struct SentRecord(bool IsAggregate, HashKeyRange HashKeys, string? PredictedShardId, int Attempts);

/// <summary>
/// The pure split of a call's results. Success is judged per Kinesis record, never per user record: a consumer with a range filter (KCL)
/// discards an aggregate as a whole when one of its keys is outside the shard's range, without any error (kpl.md 2.4).
/// </summary>
internal static class SettlePlan
{
    /// <summary>A search that found this many refused records and no accepted one has found something else: what is wrong concerns the call.</summary>
    internal const int MaxRefusedInARow = 8;

    /// <summary>The code of an attempt that stored the record where a consumer may drop it.</summary>
    internal const string WrongShardCode = "WrongShard";

    /// <summary>Decides about one entry of an answered call.</summary>
    internal static RecordVerdict Judge(
        in SentRecord sent, in PutRecordsResultEntry result, IReadOnlyDictionary<string, HashKeyRange> knownRanges, RetryLimits limits)
    {
        if (result.ErrorCode is not { } code)
            return JudgePlace(sent, result.ShardId, knownRanges);
        var rule = FailureTable.OfEntry(code, result.ErrorMessage);
        // The service named the entry, so its neighbours are not to blame.
        return rule.Class == FailureClass.Content ? Refuse(sent, rule) : JudgeFailure(rule, sent.Attempts, limits);
    }

    /// <summary>Decides about each record of a call that failed as a whole.</summary>
    /// <param name="rule">The failure's class.</param>
    /// <param name="sent">The record.</param>
    /// <param name="records">How many records the call had.</param>
    /// <param name="run">What the search for refused records has brought so far; null when none runs.</param>
    /// <param name="limits">How often a record is sent.</param>
    internal static RecordVerdict JudgeCall(FailureRule rule, in SentRecord sent, int records, IsolationRun? run, RetryLimits limits)
    {
        if (rule.Class != FailureClass.Content)
            return JudgeFailure(rule, sent.Attempts, limits);
        if (run is { Accepted: 0, Refused: >= MaxRefusedInARow })
            return new(SettleAction.Fail, rule.Class, rule.Reason);
        return records > 1 ? new(SettleAction.Halve, rule.Class, rule.Reason) : Refuse(sent, rule);
    }

    /// <summary>Whether the shard that stored the record is one where all its consumers will see it.</summary>
    internal static RecordVerdict JudgePlace(in SentRecord sent, string? shardId, IReadOnlyDictionary<string, HashKeyRange> knownRanges)
    {
        if (sent.PredictedShardId is null || sent.PredictedShardId == shardId)
            return new(SettleAction.Deliver);
        // A record that stands alone is never filtered, wherever it lands; but the map is old.
        if (!sent.IsAggregate)
            return new(SettleAction.Deliver, RefreshesMap: true);
        if (shardId is null || !knownRanges.TryGetValue(shardId, out var range))
            return new(SettleAction.AwaitMap, RefreshesMap: true);
        var holdsAll = range.Contains(sent.HashKeys.Start) && range.Contains(sent.HashKeys.End);
        return new(holdsAll ? SettleAction.Deliver : SettleAction.Misplaced, RefreshesMap: true);
    }

    private static RecordVerdict JudgeFailure(FailureRule rule, int attempts, RetryLimits limits)
    {
        if (rule.Class == FailureClass.Permanent || (rule.Class == FailureClass.Doubtful && attempts >= limits.MaxDoubtfulAttempts))
            return new(SettleAction.Fail, rule.Class, rule.Reason);
        return attempts >= limits.MaxAttempts
            ? new(SettleAction.Fail, rule.Class, RecordFailureReason.AttemptsExhausted)
            : new(SettleAction.Retry, rule.Class);
    }

    private static RecordVerdict Refuse(in SentRecord sent, FailureRule rule) =>
        new(sent.IsAggregate ? SettleAction.Unpack : SettleAction.Fail, rule.Class, rule.Reason);
}

/// <summary>How often a record is sent.</summary>
/// <param name="MaxAttempts">At most, whatever the failure.</param>
/// <param name="MaxDoubtfulAttempts">At most, with failures that may not pass.</param>
internal sealed record RetryLimits(int MaxAttempts, int MaxDoubtfulAttempts);
