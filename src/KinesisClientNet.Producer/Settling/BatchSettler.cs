using System.Threading.Channels;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Routing;
using KinesisClientNet.Producer.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Settling;

/// <summary>
/// Judges every record of a call, ends those that are over, and hands the batch back to the collector: the pipeline's one back edge. What
/// is to be sent again keeps its place, its age and its history.
/// </summary>
internal sealed class BatchSettler(
    ChannelReader<PutRecordsBatch> input, CollectorInbox output, RecordRouter router, OutcomeSink sink, RetryLimits limits, TimeProvider clock, ILogger log)
{
    internal async Task RunAsync()
    {
        await foreach (var batch in input.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            Settle(batch);
            output.Tell(CollectorSignal.Settled, batch, handsOver: true);
        }
    }

    private void Settle(PutRecordsBatch batch)
    {
        // An answer with another number of results cannot be assigned: nothing is known about any record (kpl.md 7.28).
        if (batch.Failure is null && batch.Response!.Records.Count != batch.Records.Count)
        {
            batch.Failure = new KinesisApiException(
                KinesisErrorKind.MalformedResponse, "RecordCountMismatch",
                $"PutRecords of {batch.Records.Count} records was answered with {batch.Response.Records.Count} results.", 200, batch.Response.RequestId);
        }

        if (batch.Failure is { } failure)
            SettleCall(batch, failure);
        else
            SettleEntries(batch, batch.Response!.Records);
    }

    private void SettleCall(PutRecordsBatch batch, Exception failure)
    {
        var rule = FailureTable.OfCall(failure);
        var (code, message) = failure is KinesisApiException error ? (error.Code, error.Message) : (failure.GetType().Name, failure.Message);
        foreach (var record in batch.Records)
        {
            record.AddAttempt(clock, batch.StartedAt, batch.EndedAt, code, message);
            var verdict = SettlePlan.JudgeCall(rule, Describe(record), batch.Records.Count, batch.Isolation, limits);
            batch.Verdicts.Add(verdict);
            if (verdict.Action != SettleAction.Fail)
                continue;
            if (batch.Isolation is { } run && rule.Class == FailureClass.Content)
                run.Refused++;
            sink.Fail(record, verdict.Reason, failure);
        }

        if (rule.Class is not FailureClass.Content)
            sink.Report.CountRetried(1, 0, code, message, batch.Records.Count);
    }

    private void SettleEntries(PutRecordsBatch batch, IReadOnlyList<PutRecordsResultEntry> results)
    {
        var ranges = router.Table.KnownRanges;
        if (batch.Isolation is { } run)
            run.Accepted++;
        for (var i = 0; i < results.Count; i++)
        {
            var (record, result) = (batch.Records[i], results[i]);
            if (result.ErrorCode is not null)
            {
                record.AddAttempt(clock, batch.StartedAt, batch.EndedAt, result.ErrorCode, result.ErrorMessage);
                sink.Report.CountRetried(0, 1, result.ErrorCode, result.ErrorMessage, batch.Records.Count);
            }

            var verdict = SettlePlan.Judge(Describe(record), result, ranges, limits);
            batch.Verdicts.Add(verdict);
            Execute(batch, record, result, verdict);
        }
    }

    private void Execute(PutRecordsBatch batch, OutboundRecord record, in PutRecordsResultEntry result, in RecordVerdict verdict)
    {
        switch (verdict.Action)
        {
            case SettleAction.Deliver:
                record.AddAttempt(clock, batch.StartedAt, batch.EndedAt, null, null);
                sink.Deliver(record, result.ShardId!, result.SequenceNumber);
                break;
            case SettleAction.Misplaced or SettleAction.AwaitMap:
                ProducerLog.WrongShard(log, record.Count, result.ShardId ?? "?", record.Lane.ToString(), verdict.Action);
                if (verdict.Action == SettleAction.Misplaced)
                    record.AddAttempt(clock, batch.StartedAt, batch.EndedAt, SettlePlan.WrongShardCode, $"The record landed on {result.ShardId}.");
                break;
            case SettleAction.Fail:
                sink.Fail(record, verdict.Reason);
                break;
        }
    }

    internal static SentRecord Describe(OutboundRecord record) => new(
        record.IsAggregate, new HashKeyRange(record.MinHashKey, record.MaxHashKey), record.Lane.Shard?.ShardId, record.Attempts);
}
