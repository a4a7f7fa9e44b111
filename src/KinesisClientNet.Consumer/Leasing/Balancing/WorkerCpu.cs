namespace KinesisClientNet.Consumer.Leasing.Balancing;

/// <summary>A worker's CPU as the leader takes it from its report.</summary>
/// <param name="Percent">Smoothed utilisation, 0 to 100.</param>
/// <param name="LimitPercent">The utilisation that the worker does not want to exceed.</param>
internal sealed record WorkerCpu(double Percent, double LimitPercent)
{
    /// <summary>KCL's short name of the CPU metric.</summary>
    public const string Metric = "C";

    /// <summary>KCL's <c>workerMetricsEMAAlpha</c>.</summary>
    private const double Alpha = 0.5;

    /// <summary>Reads a report by KCL's rule: exponential mean over the kept averages, oldest first, failed captures (-1) left out.</summary>
    /// <returns>Null when the report has no usable CPU: the worker is then balanced by what its leases weigh.</returns>
    public static WorkerCpu? Of(WorkerReport report)
    {
        if (!report.Metrics.TryGetValue(Metric, out var averages) || averages.IsEmpty || averages[^1] < 0
            || !report.OperatingRanges.TryGetValue(Metric, out var limit) || limit <= 0)
        {
            return null;
        }

        double? mean = null;
        foreach (var average in averages)
        {
            if (average >= 0 && double.IsFinite(average))
                mean = mean is { } before ? (Alpha * average) + ((1 - Alpha) * before) : average;
        }

        return mean is { } percent ? new(Math.Min(percent, 100), limit) : null;
    }
}
