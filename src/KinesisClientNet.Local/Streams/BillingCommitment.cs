namespace KinesisClientNet.Local.Streams;

/// <summary>
/// Whether the account is in On-demand Advantage (Kinesis API reference, UpdateAccountSettings): on at once, for a day at least. Thread-safe.
/// </summary>
/// <param name="clock">The service's clock.</param>
/// <param name="changed">Called after each change, outside the lock.</param>
internal sealed class BillingCommitment(TimeProvider clock, Action changed)
{
    public const string Enabled = "ENABLED";
    public const string Disabled = "DISABLED";
    public const string Ending = "ENABLED_UNTIL_EARLIEST_ALLOWED_END";

    private static readonly TimeSpan Minimum = TimeSpan.FromHours(24);

    private readonly Lock _gate = new();
    private DateTimeOffset? _startedAt;
    private DateTimeOffset? _endsAt;

    /// <summary>The state now. An ending commitment is over at its earliest allowed end.</summary>
    public CommitmentState State
    {
        get
        {
            lock (_gate)
            {
                if (_startedAt is not { } started)
                    return new(Disabled, null, null, null);
                if (_endsAt is not { } ends)
                    return new(Enabled, started, started + Minimum, null);
                return ends > clock.GetUtcNow() ? new(Ending, started, started + Minimum, null) : new(Disabled, started, null, ends);
            }
        }
    }

    public bool IsOn => State.Status != Disabled;

    public void Enable()
    {
        lock (_gate)
        {
            if (State.Status == Disabled)
                _startedAt = clock.GetUtcNow();
            _endsAt = null;
        }

        changed();
    }

    /// <summary>What is stored of it.</summary>
    public (DateTimeOffset? StartedAt, DateTimeOffset? EndsAt) Store()
    {
        lock (_gate)
            return (_startedAt, _endsAt);
    }

    /// <summary>Takes what was read back.</summary>
    public void Restore(DateTimeOffset? startedAt, DateTimeOffset? endsAt)
    {
        lock (_gate)
            (_startedAt, _endsAt) = (startedAt, endsAt);
    }

    public void Disable()
    {
        lock (_gate)
        {
            if (State.Status != Enabled)
                return;
            var earliest = _startedAt!.Value + Minimum;
            var now = clock.GetUtcNow();
            _endsAt = earliest > now ? earliest : now;
        }

        changed();
    }
}

/// <summary>What DescribeAccountSettings tells.</summary>
/// <param name="Status">ENABLED, DISABLED or ENABLED_UNTIL_EARLIEST_ALLOWED_END.</param>
/// <param name="StartedAt">When it was enabled last; null when never.</param>
/// <param name="EarliestAllowedEndAt">Before this time it cannot end; null when it is off.</param>
/// <param name="EndedAt">When it ended; null while it is on.</param>
internal readonly record struct CommitmentState(
    string Status, DateTimeOffset? StartedAt, DateTimeOffset? EarliestAllowedEndAt, DateTimeOffset? EndedAt);
