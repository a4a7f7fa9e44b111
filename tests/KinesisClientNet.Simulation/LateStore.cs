using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Simulation;

/// <summary>
/// A store whose writes may take their time: the caller gives up, and the write is applied all the same, seconds later, as when a connection stalls.
/// Only the conditions of the writes then keep an old owner from changing what a new one has.
/// </summary>
internal sealed class LateStore(ILeaseStore inner, TimeProvider clock, int seed, Action<LeaseWrite, Lease?> applied) : ForwardingLeaseStore(inner)
{
    private const int LongestDelayMilliseconds = 20_000;

    private readonly Random _random = new(seed);

    /// <summary>Share of writes that are late: 0 to 1.</summary>
    public double LateShare { get; set; }

    public long Late { get; private set; }

    public override ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        if (LateShare == 0 || _random.NextDouble() >= LateShare)
            return new(ApplyAsync(write));
        Late++;
        return new(WriteLateAsync(write, TimeSpan.FromMilliseconds(_random.Next(LongestDelayMilliseconds))).WaitAsync(cancellationToken));
    }

    private async Task<LeaseWriteResult> WriteLateAsync(LeaseWrite write, TimeSpan delay)
    {
        await Task.Delay(delay, clock, CancellationToken.None);
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
