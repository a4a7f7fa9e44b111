namespace KinesisClientNet.LoadRig.Tuning;

/// <summary>What the options must reach.</summary>
/// <param name="RecordsPerSecond">The rate that is sent.</param>
/// <param name="P99Milliseconds">The highest p99 from enqueue to outcome; null when only the rate counts.</param>
internal sealed record TuneGoal(double RecordsPerSecond, double? P99Milliseconds)
{
    /// <summary>A rate within this part of the wanted one is reached: pacing counts whole milliseconds.</summary>
    private const double RateTolerance = 0.97;

    public bool IsReachedBy(TuneOutcome outcome) =>
        outcome.Failed == 0 && outcome.RecordsPerSecond >= RecordsPerSecond * RateTolerance && !(outcome.P99 > P99Milliseconds);
}

/// <summary>A point of the sweep.</summary>
internal sealed record TuneChoice(int AggregateBytes, TimeSpan BufferedTime, int Calls);

/// <summary>What a choice brought.</summary>
internal sealed record TuneOutcome(TuneChoice Choice, double RecordsPerSecond, double P50, double P99, double CpuPerMillion, double UnitsPerMillion, double CallsPerMillion, long Failed);

/// <summary>Chooses. Pure.</summary>
internal static class TuneRanking
{
    /// <summary>Costs that differ by less than this are the same: a run's CPU time varies by more.</summary>
    private const double Same = 0.05;

    /// <summary>The better of two outcomes: the one that reaches the goal; then fewer payload units, which is money; then less CPU; then the lower p99.</summary>
    public static TuneOutcome Better(TuneOutcome a, TuneOutcome b, TuneGoal goal)
    {
        if (goal.IsReachedBy(a) != goal.IsReachedBy(b))
            return goal.IsReachedBy(a) ? a : b;
        if (!goal.IsReachedBy(a))
            return Shortfall(a, goal) <= Shortfall(b, goal) ? a : b;
        if (Differ(a.UnitsPerMillion, b.UnitsPerMillion))
            return a.UnitsPerMillion < b.UnitsPerMillion ? a : b;
        if (Differ(a.CpuPerMillion, b.CpuPerMillion))
            return a.CpuPerMillion < b.CpuPerMillion ? a : b;
        return a.P99 <= b.P99 ? a : b;
    }

    private static bool Differ(double a, double b) => Math.Abs(a - b) > Same * Math.Max(a, b);

    private static double Shortfall(TuneOutcome outcome, TuneGoal goal) =>
        (goal.RecordsPerSecond / Math.Max(1, outcome.RecordsPerSecond)) + (goal.P99Milliseconds is { } p99 ? outcome.P99 / p99 : 0) + outcome.Failed;
}
