using System.Collections.Concurrent;

namespace KinesisClientNet.Local.Limits;

/// <summary>Calls per second of the control plane, per account or per stream (Kinesis developer guide, "Quotas and limits"). Thread-safe.</summary>
internal sealed class ControlLimits(TimeProvider clock)
{
    /// <summary>More names than any account has streams: calls on made-up names do not grow it for ever.</summary>
    private const int MaxBuckets = 100_000;

    private readonly ConcurrentDictionary<(LocalOperation Operation, string? Stream), TokenBucket> _buckets = [];

    /// <summary>Refuses when the operation was called too often.</summary>
    public void Count(LocalOperation operation, string? streamName)
    {
        var (rate, isPerStream) = RateOf(operation);
        if (rate == 0)
            return;
        if (_buckets.Count > MaxBuckets)
            _buckets.Clear();
        var key = (operation, isPerStream ? streamName : null);
        var bucket = _buckets.GetOrAdd(key, static (_, made) => new(made.Clock, made.Rate, made.Rate), (Clock: clock, Rate: (double)rate));
        lock (bucket)
        {
            if (bucket.TryTake(1))
                return;
        }

        throw ServiceRefusal.RateExceeded(
            $"Rate exceeded for {operation}{(isPerStream ? $" on stream {streamName}" : "")}: {rate} calls per second per {(isPerStream ? "stream" : "account")}.");
    }

    /// <summary>0 for the data plane, whose rates are the shards'.</summary>
    private static (int Rate, bool IsPerStream) RateOf(LocalOperation operation) => operation switch
    {
        LocalOperation.CreateStream or LocalOperation.DeleteStream => (5, false),
        LocalOperation.DescribeStream => (10, false),
        LocalOperation.DescribeStreamSummary => (20, false),
        LocalOperation.ListShards => (1000, true),
        LocalOperation.UpdateShardCount => (10, true),
        LocalOperation.DescribeStreamConsumer => (20, true),
        LocalOperation.SplitShard or LocalOperation.MergeShards or LocalOperation.UpdateStreamMode or
            LocalOperation.IncreaseStreamRetentionPeriod or LocalOperation.DecreaseStreamRetentionPeriod or
            LocalOperation.RegisterStreamConsumer or LocalOperation.DeregisterStreamConsumer or LocalOperation.ListStreamConsumers => (5, true),
        LocalOperation.DescribeLimits => (1, false),
        LocalOperation.ListStreams or LocalOperation.DescribeAccountSettings or LocalOperation.UpdateAccountSettings or LocalOperation.AddTagsToStream or
            LocalOperation.PutResourcePolicy or LocalOperation.GetResourcePolicy or LocalOperation.DeleteResourcePolicy or
            LocalOperation.UpdateStreamWarmThroughput => (5, false),
        LocalOperation.RemoveTagsFromStream or LocalOperation.ListTagsForStream or LocalOperation.EnableEnhancedMonitoring or
            LocalOperation.DisableEnhancedMonitoring => (5, true),
        _ => (0, false),
    };
}
