namespace KinesisClientNet.Simulation;

/// <summary>Watches, after the last disturbance, which hash ranges have no living owner, and for how long.</summary>
internal sealed class Coverage(CoverageLimits limits, TimeSpan lookInterval)
{
    private readonly Dictionary<string, TimeSpan> _since = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wereCovered = new(StringComparer.Ordinal);

    /// <summary>When, after the last disturbance, a range was last seen without an owner.</summary>
    public TimeSpan UncoveredFor { get; private set; }

    /// <summary>How much of its limit the longest gap took: 1 is all of it.</summary>
    public double ShareOfLimit { get; private set; }

    /// <summary>Takes a look in.</summary>
    /// <param name="shards">The open shards.</param>
    /// <param name="uncovered">Those without a living owner.</param>
    /// <param name="now">Time since the last disturbance.</param>
    /// <returns>The first shard whose gap is too long, and what is wrong; null when none is.</returns>
    public (string Shard, string Wrong)? Look(IEnumerable<string> shards, IReadOnlySet<string> uncovered, TimeSpan now)
    {
        foreach (var shard in shards)
        {
            if (!uncovered.Contains(shard))
            {
                _wereCovered.Add(shard);
                _since.Remove(shard);
                continue;
            }

            UncoveredFor = now;
            var isLater = _wereCovered.Contains(shard);
            var since = _since.TryGetValue(shard, out var seen) ? seen : _since[shard] = isLater ? now - lookInterval : TimeSpan.Zero;
            var limit = isLater ? limits.LaterGap : limits.FirstGap;
            ShareOfLimit = Math.Max(ShareOfLimit, limit > TimeSpan.Zero ? (now - since) / limit : 2);
            if (now - since > limit + lookInterval)
                return (shard, $"for {(now - since).TotalSeconds} s, {limit.TotalSeconds} s are allowed");
            if (now > limits.Until + lookInterval)
                return (shard, $"{now.TotalSeconds} s after the last disturbance, {limits.Until.TotalSeconds} s are allowed");
        }

        return null;
    }
}
