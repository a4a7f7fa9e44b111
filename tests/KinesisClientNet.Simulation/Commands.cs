using System.Globalization;

namespace KinesisClientNet.Simulation;

/// <summary>What the program does by hand: run seeds, replay one, shrink one.</summary>
internal static class Commands
{
    private const string Usage =
        "run [--seeds N] [--from S] [--mutant NAME] | replay SEED [--trace] [--without 1,2,...] [--mutant NAME] | shrink SEED [--mutant NAME]";

    /// <returns>0 without violations, 1 with some, 2 when the arguments are not understood.</returns>
    public static async Task<int> ExecuteAsync(string[] args)
    {
        if (!Mutant.All.TryGetValue(Option(args, "--mutant") ?? "none", out var mutant))
        {
            await Console.Error.WriteLineAsync($"--mutant takes one of: {string.Join(", ", Mutant.All.Keys)}");
            return 2;
        }

        switch (args)
        {
            case ["run", ..]:
                return await RunAsync(Number(args, "--from", 1), Number(args, "--seeds", 500), mutant);
            case ["replay", var text, ..] when int.TryParse(text, CultureInfo.InvariantCulture, out var seed):
                return await ReplayAsync(seed, args.Contains("--trace"), Option(args, "--without"), mutant);
            case ["shrink", var text, ..] when int.TryParse(text, CultureInfo.InvariantCulture, out var seed):
                return await ShrinkAsync(seed, mutant);
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static async Task<int> RunAsync(int from, int seeds, Mutant mutant)
    {
        var (violations, faults, records) = (0, 0L, 0L);
        for (var seed = from; seed < from + seeds; seed++)
        {
            var result = await SimulationRun.ExecuteAsync(SimulationPlan.FromSeed(seed), mutant);
            faults += result.Faults;
            records += result.Records;
            if (result.Violation is null)
                continue;
            violations++;
            Console.WriteLine($"seed {seed}: {result.Violation}");
            Console.WriteLine($"  replay: dotnet run -c Release --project tests/KinesisClientNet.Simulation -- replay {seed} --trace");
        }

        return Close(seeds, violations, faults, records);
    }

    private static async Task<int> ReplayAsync(int seed, bool withTrace, string? without, Mutant mutant)
    {
        var plan = SimulationPlan.FromSeed(seed);
        if (without is { Length: > 0 })
            plan = plan.Without(without.Split(',').Select(static place => int.Parse(place, CultureInfo.InvariantCulture)).ToHashSet());
        var result = await SimulationRun.ExecuteAsync(plan, mutant);
        if (withTrace)
        {
            foreach (var line in result.Trace.Lines)
                Console.WriteLine(line);
        }

        Print(plan, result);
        return Close(1, result.Violation is null ? 0 : 1, result.Faults, result.Records);
    }

    /// <summary>Takes events away one by one, for as long as the run still breaks a rule.</summary>
    private static async Task<int> ShrinkAsync(int seed, Mutant mutant)
    {
        var plan = SimulationPlan.FromSeed(seed);
        var result = await SimulationRun.ExecuteAsync(plan, mutant);
        if (result.Violation is null)
        {
            Console.WriteLine($"seed {seed} breaks no rule");
            return Close(1, 0, result.Faults, result.Records);
        }

        var removed = new HashSet<int>();
        for (var place = 0; place < plan.Events.Count; place++)
        {
            removed.Add(place);
            var smaller = await SimulationRun.ExecuteAsync(plan.Without(removed), mutant);
            if (smaller.Violation is null)
                removed.Remove(place);
            else
                result = smaller;
        }

        Print(plan.Without(removed), result);
        Console.WriteLine($"replay {seed} --trace --without {string.Join(',', removed.Order())}");
        return Close(1, 1, result.Faults, result.Records);
    }

    private static void Print(SimulationPlan plan, SimulationResult result)
    {
        Console.WriteLine($"seed {plan.Seed}: {plan.Shards} shards, {plan.Workers} workers, {plan.Steps} steps, {(plan.FansOut ? "fan-out" : "polling")}, {(plan.Aggregates ? "aggregated" : "plain")}");
        foreach (var happening in plan.Events)
            Console.WriteLine($"  {happening}");
        Console.WriteLine($"trace {result.Trace.Hash}, {result.Trace.Lines.Count} lines; {result.Violation ?? "no rule is broken"}");
    }

    private static int Close(int seeds, int violations, long faults, long records)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seeds {seeds}, violations {violations}, faults {faults}, records {records}"));
        return violations > 0 ? 1 : 0;
    }

    private static string? Option(string[] args, string name) =>
        Array.IndexOf(args, name) is var place && place >= 0 && place + 1 < args.Length ? args[place + 1] : null;

    private static int Number(string[] args, string name, int otherwise) =>
        Option(args, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
