using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Metering;

/// <summary>Measures the calls on a stream. Thread-safe; a call costs one short lock.</summary>
internal sealed class StreamMeter(TimeProvider clock)
{
    public MetricSet Metrics { get; } = new();

    /// <summary>A moment to measure a latency from.</summary>
    public long Begin() => clock.GetTimestamp();

    /// <summary>A PutRecord that was applied.</summary>
    public void CountPut(long begunAt, int bytes)
    {
        var minute = Minute();
        lock (Metrics.Gate)
        {
            Metrics.Add(minute, MetricName.PutRecordBytes, bytes);
            Metrics.Add(minute, MetricName.PutRecordSuccess, 1);
            Metrics.Add(minute, MetricName.PutRecordLatency, MillisecondsSince(begunAt));
            CountIncoming(minute, 1, bytes, throttled: 0);
        }
    }

    /// <summary>A PutRecords call that was answered entry by entry.</summary>
    public void CountPuts(long begunAt, int records, int throttled, int failed, long bytes)
    {
        var minute = Minute();
        var stored = records - throttled - failed;
        lock (Metrics.Gate)
        {
            Metrics.Add(minute, MetricName.PutRecordsBytes, bytes);
            Metrics.Add(minute, MetricName.PutRecordsLatency, MillisecondsSince(begunAt));
            CountEntries(minute, records, stored, throttled, failed);
            CountIncoming(minute, stored, bytes, throttled);
        }
    }

    /// <summary>A call that failed as a whole, with so many records in it.</summary>
    public void CountFailure(LocalOperation operation, int records, KinesisApiException error)
    {
        var minute = Minute();
        var throttled = error.Code == ServiceRefusal.ThroughputExceeded ? records : 0;
        lock (Metrics.Gate)
        {
            if (operation == LocalOperation.GetRecords)
            {
                Metrics.Add(minute, MetricName.GetRecordsSuccess, 0);
                Metrics.Add(minute, MetricName.ReadProvisionedThroughputExceeded, throttled);
                return;
            }

            if (operation == LocalOperation.PutRecord)
                Metrics.Add(minute, MetricName.PutRecordSuccess, 0);
            else
                CountEntries(minute, records, 0, throttled, records - throttled);
            Metrics.Add(minute, MetricName.WriteProvisionedThroughputExceeded, throttled);
        }
    }

    /// <summary>A GetRecords call that gave a page, which may be empty.</summary>
    public void CountRead(long begunAt, int records, long bytes, long millisBehindLatest)
    {
        var minute = Minute();
        lock (Metrics.Gate)
        {
            Metrics.Add(minute, MetricName.GetRecordsBytes, bytes);
            Metrics.Add(minute, MetricName.GetRecordsRecords, records);
            Metrics.Add(minute, MetricName.GetRecordsLatency, MillisecondsSince(begunAt));
            Metrics.Add(minute, MetricName.GetRecordsSuccess, 1);
            Metrics.Add(minute, MetricName.GetRecordsIteratorAgeMilliseconds, millisBehindLatest);
            Metrics.Add(minute, MetricName.ReadProvisionedThroughputExceeded, 0);
        }
    }

    /// <summary>PutRecords.Success counts calls of which at least one record was taken (developer guide).</summary>
    private void CountEntries(DateTimeOffset minute, int records, int stored, int throttled, int failed)
    {
        Metrics.Add(minute, MetricName.PutRecordsSuccess, stored > 0 ? 1 : 0);
        Metrics.Add(minute, MetricName.PutRecordsTotalRecords, records);
        Metrics.Add(minute, MetricName.PutRecordsSuccessfulRecords, stored);
        Metrics.Add(minute, MetricName.PutRecordsThrottledRecords, throttled);
        Metrics.Add(minute, MetricName.PutRecordsFailedRecords, failed);
    }

    private void CountIncoming(DateTimeOffset minute, int records, long bytes, int throttled)
    {
        Metrics.Add(minute, MetricName.WriteProvisionedThroughputExceeded, throttled);
        if (records == 0)
            return;
        Metrics.Add(minute, MetricName.IncomingRecords, records);
        Metrics.Add(minute, MetricName.IncomingBytes, bytes);
    }

    private DateTimeOffset Minute() => MetricSet.MinuteOf(clock.GetUtcNow());

    private double MillisecondsSince(long begunAt) => clock.GetElapsedTime(begunAt).TotalMilliseconds;
}
