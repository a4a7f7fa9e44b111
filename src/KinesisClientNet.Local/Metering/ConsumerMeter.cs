namespace KinesisClientNet.Local.Metering;

/// <summary>Measures the subscriptions of a registered consumer. Thread-safe.</summary>
internal sealed class ConsumerMeter(TimeProvider clock)
{
    public MetricSet Metrics { get; } = new();

    /// <summary>A SubscribeToShard call; refused because another subscription lives or the rate was exceeded, or for another reason.</summary>
    public void CountSubscribe(bool succeeded, bool rateExceeded)
    {
        var minute = MetricSet.MinuteOf(clock.GetUtcNow());
        lock (Metrics.Gate)
        {
            Metrics.Add(minute, MetricName.SubscribeToShardSuccess, succeeded ? 1 : 0);
            Metrics.Add(minute, MetricName.SubscribeToShardRateExceeded, rateExceeded ? 1 : 0);
        }
    }

    /// <summary>An event that was handed out.</summary>
    public void CountEvent(DateTimeOffset now, int records, long bytes, long millisBehindLatest)
    {
        var minute = MetricSet.MinuteOf(now);
        lock (Metrics.Gate)
        {
            Metrics.Add(minute, MetricName.SubscribeToShardEventSuccess, 1);
            Metrics.Add(minute, MetricName.SubscribeToShardEventRecords, records);
            Metrics.Add(minute, MetricName.SubscribeToShardEventBytes, bytes);
            Metrics.Add(minute, MetricName.SubscribeToShardEventMillisBehindLatest, millisBehindLatest);
        }
    }
}
