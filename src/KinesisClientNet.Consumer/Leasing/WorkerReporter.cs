using System.Collections.Immutable;
using KinesisClientNet.Consumer.Leasing.Balancing;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Tells the leader that this worker lives and may get leases, and how busy its CPU is. The report is deleted at the end, so that a leaving worker gets none.
/// </summary>
internal sealed class WorkerReporter
{
    private const string LoopName = "report worker";

    /// <summary>KCL's <c>noOfPersistedMetricsPerWorkerMetrics</c>.</summary>
    private const int KeptAverages = 10;

    private const int UrgentReports = 3;

    /// <summary>KCL's operating range of its own metrics: a worker may use all of its CPU.</summary>
    private const long CpuLimitPercent = 100;

    /// <summary>KCL's mark for a capture that failed.</summary>
    private const double Failed = -1;

    private readonly LeaseHolder _holder;
    private readonly StreamDirectory _streams;
    private readonly LeaseRuntime _runtime;
    private readonly Func<double>? _cpu;
    private ImmutableArray<double> _averages = [];
    private WorkerReport? _last;
    private int _urgent;

    /// <param name="holder">What all leasing code of a worker shares.</param>
    /// <param name="streams">The streams that the worker lists.</param>
    /// <param name="runtime">Time and log.</param>
    /// <param name="cpu">The CPU utilisation in per cent since the last call; null when it is not known.</param>
    public WorkerReporter(LeaseHolder holder, StreamDirectory streams, LeaseRuntime runtime, Func<double>? cpu = null)
    {
        _holder = holder;
        _streams = streams;
        _runtime = runtime;
        _cpu = cpu;
        Loop = new(LoopName, holder.Timing.RenewTick, runtime);
    }

    /// <summary>The loop, for the health report.</summary>
    public LeaseLoop Loop { get; }

    /// <summary>Reports for the first time. A store that fails now does not end the worker: the loop tries again.</summary>
    /// <returns>When the next report is due.</returns>
    public async ValueTask<TimeSpan> BeginAsync(CancellationToken cancellationToken)
    {
        try
        {
            // What a process uses while it starts says nothing of its work: the first average begins here.
            Measure();
            return await WriteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            ConsumerLog.LoopFailed(_runtime.Logger, LoopName, 1, _holder.Timing.RenewTick, error);
            return _holder.Timing.RenewTick;
        }
    }

    /// <summary>Reports until the token is cancelled.</summary>
    /// <param name="firstDelay">Before the next report.</param>
    /// <param name="cancellationToken">Ends the loop.</param>
    public Task RunAsync(TimeSpan firstDelay, CancellationToken cancellationToken) => Loop.RunAsync(firstDelay, ReportAsync, cancellationToken);

    /// <summary>Reports once.</summary>
    public ValueTask<TimeSpan> ReportAsync(CancellationToken cancellationToken)
    {
        if (Measure() is { } average)
            _averages = [.. _averages.TakeLast(KeptAverages - 1), average];
        return WriteAsync(cancellationToken);
    }

    /// <summary>
    /// Reports at once and twice more after a lease duration each. For a worker that lost a lease but lives: the leader takes it for dead from when it takes the expired lease away,
    /// which may be after the first report.
    /// </summary>
    public void SayAlive()
    {
        Volatile.Write(ref _urgent, UrgentReports);
        Loop.Wake();
    }

    /// <summary>Withdraws the report.</summary>
    public async ValueTask WithdrawAsync(CancellationToken cancellationToken)
    {
        if (_last is null)
            return;
        try
        {
            await _holder.Store.DeleteReportAsync(_last, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            ConsumerLog.WithdrawalFailed(_runtime.Logger, _holder.WorkerId, _holder.Timing.ReportLimit, error);
        }
    }

    private async ValueTask<TimeSpan> WriteAsync(CancellationToken cancellationToken)
    {
        var report = new WorkerReport(_holder.WorkerId, _runtime.Time.GetUtcNow())
        {
            CanLead = _holder.CanLead,
            Streams = [.. _streams.Current.Where(static stream => stream.IsListed).Select(static stream => stream.StreamId).OfType<string>().Order(StringComparer.Ordinal)],
        };
        if (!_averages.IsEmpty)
        {
            report = report with
            {
                Metrics = report.Metrics.Add(WorkerCpu.Metric, _averages),
                OperatingRanges = report.OperatingRanges.Add(WorkerCpu.Metric, CpuLimitPercent),
            };
        }

        await _holder.Store.WriteReportAsync(report, cancellationToken).ConfigureAwait(false);
        _last = report;
        return Interlocked.Decrement(ref _urgent) > 0 ? _holder.Timing.Duration : _holder.Timing.ReportInterval;
    }

    private double? Measure()
    {
        if (_cpu is null)
            return null;
        try
        {
            var percent = _cpu();
            return double.IsFinite(percent) && percent >= 0 ? Math.Round(Math.Min(percent, 100), 6, MidpointRounding.AwayFromZero) : Failed;
        }
        catch (Exception error)
        {
            // A source that fails must not cost the worker its report, and with it its leases.
            ConsumerLog.CpuUnknown(_runtime.Logger, _holder.WorkerId, error);
            return Failed;
        }
    }
}
