using KinesisClientNet.Consumer;

namespace KinesisClientNet.Simulation;

/// <summary>The handler calls under way, by shard: tells when two workers work on one shard at the same time and neither was told to stop.</summary>
internal sealed class HandlerCalls
{
    private sealed record Call(ShardContext Shard, CancellationToken Stopping);

    private readonly List<Call> _running = [];
    private readonly Dictionary<string, long> _greatest = new(StringComparer.Ordinal);

    /// <returns>The call, and what is wrong with it; null when nothing is.</returns>
    public (object Call, string? Wrong) Begin(ShardContext shard, Func<string, bool> isStill, CancellationToken stopping)
    {
        var greatest = _greatest.GetValueOrDefault(shard.ShardId);
        var wrong = shard.Epoch < greatest
            ? $"{shard.WorkerId} began a batch of {shard.ShardId} with epoch {shard.Epoch} after one with {greatest}"
            : null;
        var other = _running.Find(call =>
            call.Shard.ShardId == shard.ShardId && call.Shard.WorkerId != shard.WorkerId && !call.Stopping.IsCancellationRequested && !isStill(call.Shard.WorkerId));
        wrong ??= other is null
            ? null
            : $"{shard.WorkerId} began a batch of {shard.ShardId} with epoch {shard.Epoch} while {other.Shard.WorkerId} is in one with epoch {other.Shard.Epoch}";
        _greatest[shard.ShardId] = Math.Max(greatest, shard.Epoch);
        var call = new Call(shard, stopping);
        _running.Add(call);
        return (call, wrong);
    }

    public void End(object call) => _running.Remove((Call)call);
}
