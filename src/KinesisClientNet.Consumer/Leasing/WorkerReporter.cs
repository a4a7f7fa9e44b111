using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>Tells the leader that this worker lives and may get leases. The report is deleted at the end, so that a leaving worker gets none.</summary>
internal sealed class WorkerReporter
{
    private readonly LeaseHolder _holder;
    private readonly LeaseRuntime _runtime;
    private WorkerReport? _last;

    public WorkerReporter(LeaseHolder holder, LeaseRuntime runtime)
    {
        _holder = holder;
        _runtime = runtime;
        Loop = new("report worker", holder.Timing.RenewTick, runtime);
    }

    /// <summary>The loop, for the health report.</summary>
    public LeaseLoop Loop { get; }

    /// <summary>Reports until the token is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Loop.RunAsync(_holder.Timing.ReportInterval, ReportAsync, cancellationToken);

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
