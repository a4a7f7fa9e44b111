using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>
/// Where every record ends: sets the outcome, tells whoever asked, gives buffer and budget back. Each Kinesis record passes here exactly
/// once, or is taken apart into others that do. Thread-safe.
/// </summary>
internal sealed class OutcomeSink(KinesisProducerOptions options, string stream, BufferBudget budget, FlushEpochs epochs, BufferPool pool, ProducerMeters meters, ILogger log)
{
    private readonly ProblemReport _report = new(stream, log);

    /// <summary>User records that ended without delivery.</summary>
    internal long FailedRecords => _report.FailedRecords;

    internal ProblemReport Report => _report;

    internal ProducerMeters Meters => meters;

    internal void Deliver(OutboundRecord record, string shardId, SequenceNumber sequenceNumber)
    {
        record.Deliver(new DeliveryOutcome(shardId, sequenceNumber, record.History));
        Tell(record);
        Release(record);
    }

    internal void Fail(OutboundRecord record, RecordFailureReason reason, Exception? cause = null)
    {
        var error = FailureMessage.Describe(record, reason, stream, options, cause);
        record.Fail(error);
        _report.CountFailed(record.Count, error);
        Tell(record);
        if (options.OnRecordFailed is not null)
            TellEach(record, error);
        Release(record);
    }

    private void Release(OutboundRecord record)
    {
        record.Lane.AddBufferedBytes(-record.Cost);
        if (record.ReleaseContent() is { } buffer)
            pool.Return(buffer);
        budget.Release(record.Cost, record.Count);
        epochs.Leave(record.Epoch);
    }

    private void Tell(OutboundRecord record)
    {
        meters.CountSettled(record);
        try
        {
            options.OnRecordsSettled?.Invoke(new SettledRecords(record));
        }
        catch (Exception failure)
        {
            // The callback is the user's; the outcome stands whatever it does.
            ProducerLog.CallbackFailed(log, nameof(options.OnRecordsSettled), stream, failure);
        }
    }

    private void TellEach(OutboundRecord record, RecordFailedException error)
    {
        var content = new List<AggregatedUserRecord>(record.Count);
        if (!record.IsAggregate)
            content.Add(new AggregatedUserRecord(record.PartitionKey ?? "", record.ExplicitHashKey, record.Data));
        else
            AggregatedRecordReader.TryReadVerified(record.Data, content);
        for (var i = 0; i < content.Count; i++)
        {
            var (key, hashKey, data) = content[i];
            try
            {
                options.OnRecordFailed!(new FailedRecord(new ProducerRecord(key.Length == 0 ? null : key, data, hashKey, record.StateOf(i)), error));
            }
            catch (Exception failure)
            {
                // The callback is the user's; the other records still have a right to it.
                ProducerLog.CallbackFailed(log, nameof(options.OnRecordFailed), stream, failure);
            }
        }
    }
}
