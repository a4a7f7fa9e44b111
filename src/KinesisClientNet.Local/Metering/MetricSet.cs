namespace KinesisClientNet.Local.Metering;

/// <summary>The metrics of one stream, consumer or shard. Whoever adds takes <see cref="Gate"/> once for all samples of a call; nothing is taken inside it.</summary>
internal sealed class MetricSet
{
    private readonly MetricSeries?[] _series = new MetricSeries?[MetricNames.Count];

    public Lock Gate { get; } = new();

    /// <summary>The metrics that have a datapoint.</summary>
    public IReadOnlyList<MetricName> Used
    {
        get
        {
            lock (Gate)
                return [.. Enum.GetValues<MetricName>().Where(name => _series[(int)name] is not null)];
        }
    }

    /// <summary>Adds a sample; the caller holds the gate.</summary>
    public void Add(DateTimeOffset minute, MetricName name, double sample) => (_series[(int)name] ??= new()).Add(minute, sample);

    public LocalDatapoint[] Read(MetricName name)
    {
        lock (Gate)
            return _series[(int)name]?.Read() ?? [];
    }

    public static DateTimeOffset MinuteOf(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
}
