namespace KinesisClientNet.Local.Metering;

/// <summary>
/// Measures one shard, for enhanced monitoring. Made when it is first asked for; what was measured stays when a metric is no more asked for.
/// Thread-safe; the wanted metrics are a bit set, swapped as a whole.
/// </summary>
internal sealed class ShardMeter(TimeProvider clock, int wanted)
{
    private int _wanted = wanted;

    public MetricSet Metrics { get; } = new();

    /// <summary>The bit set of metrics by their names.</summary>
    public static int BitsOf(IEnumerable<string> names) => names.Aggregate(0, static (bits, name) => bits | (1 << (int)MetricNames.Parse(name)));

    public void Want(int bits) => Volatile.Write(ref _wanted, bits);

    public void CountWrite(int bytes) => Count((MetricName.IncomingBytes, bytes), (MetricName.IncomingRecords, 1), (MetricName.WriteProvisionedThroughputExceeded, 0));

    public void CountThrottledWrite() => Count((MetricName.WriteProvisionedThroughputExceeded, 1));

    public void CountRead(int records, long bytes, long millisBehindLatest) => Count(
        (MetricName.OutgoingBytes, bytes), (MetricName.OutgoingRecords, records), (MetricName.IteratorAgeMilliseconds, millisBehindLatest),
        (MetricName.ReadProvisionedThroughputExceeded, 0));

    public void CountThrottledRead() => Count((MetricName.ReadProvisionedThroughputExceeded, 1));

    /// <summary>What a subscription took; the iterator's age is GetRecords' alone.</summary>
    public void CountEvent(int records, long bytes) => Count((MetricName.OutgoingBytes, bytes), (MetricName.OutgoingRecords, records));

    private void Count(params ReadOnlySpan<(MetricName Name, double Sample)> samples)
    {
        var bits = Volatile.Read(ref _wanted);
        if (bits == 0)
            return;
        var minute = MetricSet.MinuteOf(clock.GetUtcNow());
        lock (Metrics.Gate)
        {
            foreach (var (name, sample) in samples)
            {
                if ((bits & (1 << (int)name)) != 0)
                    Metrics.Add(minute, name, sample);
            }
        }
    }
}
