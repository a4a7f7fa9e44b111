using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Telemetry;

/// <summary>
/// Turns floods of failures into one line a minute (demand.md L4, K3): the first of a kind is reported at once, the rest are counted.
/// Thread-safe; called per Kinesis record at most.
/// </summary>
internal sealed class ProblemReport(string stream, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private TimeSpan _sinceFailedReport = Interval;
    private TimeSpan _sinceRetryReport = Interval;
    private long _failedRecords;
    private long _unreportedRecords;
    private long _failedCalls;
    private long _failedEntries;
    private string _lastFailure = "";
    private string _lastCode = "";
    private string? _lastMessage;

    /// <summary>User records that ended without delivery.</summary>
    internal long FailedRecords => Interlocked.Read(ref _failedRecords);

    internal void CountFailed(int records, RecordFailedException error)
    {
        Interlocked.Add(ref _failedRecords, records);
        lock (_gate)
        {
            _unreportedRecords += records;
            _lastFailure = error.Message;
            ReportFailed();
        }
    }

    internal void CountRetried(int calls, int entries, string code, string? message, long waiting)
    {
        lock (_gate)
        {
            _failedCalls += calls;
            _failedEntries += entries;
            (_lastCode, _lastMessage) = (code, message);
            ReportRetried(waiting);
        }
    }

    /// <summary>Called every few seconds.</summary>
    internal void Tick(TimeSpan elapsed, long waiting)
    {
        lock (_gate)
        {
            _sinceFailedReport += elapsed;
            _sinceRetryReport += elapsed;
            ReportFailed();
            ReportRetried(waiting);
        }
    }

    private void ReportFailed()
    {
        if (_unreportedRecords == 0 || _sinceFailedReport < Interval)
            return;
        ProducerLog.RecordsFailed(log, _unreportedRecords, stream, _lastFailure);
        (_unreportedRecords, _sinceFailedReport) = (0, TimeSpan.Zero);
    }

    private void ReportRetried(long waiting)
    {
        if ((_failedCalls == 0 && _failedEntries == 0) || _sinceRetryReport < Interval)
            return;
        ProducerLog.Retrying(log, stream, _failedCalls, _failedEntries, waiting, _lastCode, _lastMessage);
        (_failedCalls, _failedEntries, _sinceRetryReport) = (0, 0, TimeSpan.Zero);
    }
}
