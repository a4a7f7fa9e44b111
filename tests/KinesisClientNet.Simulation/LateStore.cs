using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Simulation;

/// <summary>
/// A store whose writes may take their time: the caller gives up, and the write is applied all the same, seconds later, as when a connection stalls.
/// Only the conditions of the writes then keep an old owner from changing what a new one has. No call takes longer than a store may (<see cref="LeaseTableOptions.RequestTimeout"/>).
/// </summary>
internal sealed class LateStore(ILeaseStore inner, TimeProvider clock, int seed, Trace trace, Action<LeaseWrite, Lease?> applied) : ForwardingLeaseStore(inner)
{
    private const int LongestDelayMilliseconds = 20_000;
    private static readonly TimeSpan RequestTimeout = new LeaseTableOptions().RequestTimeout;

    private readonly Random _random = new(seed);

    /// <summary>Share of writes that are late: 0 to 1.</summary>
    public double LateShare { get; set; }

    public long Late { get; private set; }

    /// <summary>Late writes that are still to be applied.</summary>
    public int Pending { get; private set; }

    public override ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        if (LateShare == 0 || _random.NextDouble() >= LateShare)
            return new(ApplyAsync(write));
        Late++;
        return new(WriteLateAsync(write, TimeSpan.FromMilliseconds(_random.Next(LongestDelayMilliseconds))).WaitAsync(RequestTimeout, clock, cancellationToken));
    }

    public override ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        trace.Add($"report {report.WorkerId}");
        return base.WriteReportAsync(report, cancellationToken);
    }

    public override ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        trace.Add($"report {report.WorkerId} withdrawn");
        return base.DeleteReportAsync(report, cancellationToken);
    }

    public override async ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default)
    {
        var isReplaced = await base.ReplaceLeaderLockAsync(seen, next, cancellationToken);
        if (isReplaced)
            trace.Add($"lock of {seen?.Owner ?? "nobody"} to {(next is null or { IsReleased: true } ? "nobody" : next.Owner)} for {next?.Duration}, deputy {next?.Deputy ?? "none"}");
        return isReplaced;
    }

    private async Task<LeaseWriteResult> WriteLateAsync(LeaseWrite write, TimeSpan delay)
    {
        Pending++;
        await Task.Delay(delay, clock, CancellationToken.None);
        Pending--;
        return await ApplyAsync(write);
    }

    private async Task<LeaseWriteResult> ApplyAsync(LeaseWrite write)
    {
        var result = await base.WriteLeaseAsync(write, CancellationToken.None);
        if (result.IsApplied)
            applied(write, result.Lease);
        return result;
    }
}
