namespace KinesisClientNet.Local;

/// <summary>What was measured of a metric in one minute, as CloudWatch's statistics. The unit is the metric's: bytes, milliseconds or a count.</summary>
/// <param name="Timestamp">The minute's beginning, on the service's clock.</param>
/// <param name="SampleCount">How often something was measured; 0 when nothing was.</param>
/// <param name="Sum">The sum of the samples.</param>
/// <param name="Minimum">The least sample; 0 without samples.</param>
/// <param name="Maximum">The greatest sample; 0 without samples.</param>
public readonly record struct LocalDatapoint(DateTimeOffset Timestamp, long SampleCount, double Sum, double Minimum, double Maximum)
{
    /// <summary>Sum by samples; 0 without samples.</summary>
    public double Average => SampleCount == 0 ? 0 : Sum / SampleCount;

    internal LocalDatapoint With(double sample) => SampleCount == 0
        ? new(Timestamp, 1, sample, sample, sample)
        : new(Timestamp, SampleCount + 1, Sum + sample, Math.Min(Minimum, sample), Math.Max(Maximum, sample));

    internal LocalDatapoint With(in LocalDatapoint later) => SampleCount == 0 ? later
        : later.SampleCount == 0 ? this
        : new(Timestamp, SampleCount + later.SampleCount, Sum + later.Sum, Math.Min(Minimum, later.Minimum), Math.Max(Maximum, later.Maximum));
}
