namespace KinesisClientNet.Simulation;

/// <summary>
/// Every plan that ever broke a rule: <c>Regressions/*.txt</c>, as the program prints plans, with a note on what was wrong. They are kept as texts,
/// because the plan of a seed changes when a new disturbance is invented.
/// </summary>
internal static class RegressionPlans
{
    public static IEnumerable<SimulationPlan> Load() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Regressions"), "*.txt")
            .Order(StringComparer.Ordinal)
            .Select(static file => SimulationPlan.Parse(File.ReadAllText(file)));
}
