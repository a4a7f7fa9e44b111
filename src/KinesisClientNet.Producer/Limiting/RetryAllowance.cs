using KinesisClientNet.Core.Resilience;

namespace KinesisClientNet.Producer.Limiting;

/// <summary>
/// Bounds how many Kinesis records a producer sends again, so that a service that fails most of what it is given meets less load and not a
/// multiple of it. Sending one again costs its price, each stored record brings the price of one back, and a stored retry that of one more: so
/// the allowance lasts while more than about two fifths are stored, and doubles with each answer once the service is back. When it is used up,
/// single records go again at a slow pace, to find out; none is given up for it. Owned by the collector's loop.
/// </summary>
/// <param name="freeTicks">The pace when it is used up.</param>
internal sealed class RetryAllowance(long freeTicks)
{
    /// <summary>One full call may be sent again at once.</summary>
    internal const int MaxSaved = 500;

    private readonly RetryBudget _budget = new(MaxSaved * RetryBudget.RetryCost);
    private long _nextFreeAt = long.MinValue;

    internal bool CanSpend(long now) => _budget.Tokens >= RetryBudget.RetryCost || now >= _nextFreeAt;

    /// <summary>When <see cref="CanSpend"/> is true again by time alone.</summary>
    internal long ReadyAt => _nextFreeAt;

    internal void Spend(long now)
    {
        if (!_budget.TrySpend())
            _nextFreeAt = now + freeTicks;
    }

    internal void OnStored(bool wasRetry)
    {
        _budget.Earn(wasRetry: true);
        if (wasRetry)
            _budget.Earn(wasRetry: true);
    }
}
