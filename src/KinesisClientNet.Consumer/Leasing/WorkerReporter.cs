using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>Tells the leader that this worker lives and may get leases. The report is deleted at the end, so that a leaving worker gets none.</summary>
internal sealed class WorkerReporter
{
    private const string LoopName = "report worker";

    private readonly LeaseHolder _holder;
    private readonly LeaseRuntime _runtime;
    private WorkerReport? _last;

    public WorkerReporter(LeaseHolder holder, LeaseRuntime runtime)
    {
        _holder = holder;
        _runtime = runtime;
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
            return await ReportAsync(cancellationToken).ConfigureAwait(false);
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
    public async ValueTask<TimeSpan> ReportAsync(CancellationToken cancellationToken)
    {
        var report = new WorkerReport(_holder.WorkerId, _runtime.Time.GetUtcNow());
        await _holder.Store.WriteReportAsync(report, cancellationToken).ConfigureAwait(false);
        _last = report;
        return _holder.Timing.ReportInterval;
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
}
