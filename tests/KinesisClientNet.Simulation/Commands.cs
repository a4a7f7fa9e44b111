using System.Globalization;

namespace KinesisClientNet.Simulation;

/// <summary>What the program does by hand: run seeds, replay one, shrink one, run everything that ever failed.</summary>
internal static class Commands
{
    private const string Usage =
        """
        run [--seeds N] [--from S] [--mutant NAME]
        replay SEED|FILE [--trace] [--logs] [--without 1,2,...] [--mutant NAME]
        shrink SEED|FILE [--mutant NAME]
        regressions
        """;

    /// <returns>0 without violations, 1 with some, 2 when the arguments are not understood.</returns>
    public static async Task<int> ExecuteAsync(string[] args)
    {
        if (!Mutant.All.TryGetValue(Option(args, "--mutant") ?? "none", out var mutant))
        {
            await Console.Error.WriteLineAsync($"--mutant takes one of: {string.Join(", ", Mutant.All.Keys)}");
            return 2;
        }

        try
        {
            switch (args)
            {
                case ["run", ..]:
                    return await RunAsync(Enumerable.Range(Number(args, "--from", 1), Number(args, "--seeds", 500)).Select(SimulationPlan.FromSeed), mutant);
                case ["regressions"]:
                    return await RunAsync(RegressionPlans.Load(), mutant);
                case ["replay", var which, ..]:
                    return await ReplayAsync(PlanOf(which), args, mutant);
                case ["shrink", var which, ..]:
                    return await ShrinkAsync(PlanOf(which), mutant);
            }
        }
        catch (FormatException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        await Console.Error.WriteLineAsync(Usage);
        return 2;
    }

    private static async Task<int> RunAsync(IEnumerable<SimulationPlan> plans, Mutant mutant)
    {
        var totals = new SimulationTotals();
        foreach (var plan in plans)
        {
            var result = await SimulationRun.ExecuteAsync(plan, mutant);
            totals.Add(result);
            if (result.Violation is null)
                continue;
            Console.WriteLine($"seed {plan.Seed}: {result.Violation}");
            Console.WriteLine(plan);
            Console.WriteLine($"  replay: dotnet run -c Release --project tests/KinesisClientNet.Simulation -- replay {plan.Seed} --trace");
        }

        return Close(totals);
    }

    private static async Task<int> ReplayAsync(SimulationPlan plan, string[] args, Mutant mutant)
    {
        if (Option(args, "--without") is { Length: > 0 } without)
            plan = plan.Without(without.Split(',').Select(static place => int.Parse(place, CultureInfo.InvariantCulture)).ToHashSet());
        var result = await SimulationRun.ExecuteAsync(plan, mutant, args.Contains("--logs"));
        if (args.Contains("--trace"))
        {
            foreach (var line in result.Trace.Lines)
                Console.WriteLine(line);
        }

        Print(plan, result);
        return Close(Totals(result));
    }

    /// <summary>Takes events away one by one, for as long as the run still breaks a rule.</summary>
    private static async Task<int> ShrinkAsync(SimulationPlan plan, Mutant mutant)
    {
        var result = await SimulationRun.ExecuteAsync(plan, mutant);
        if (result.Violation is null)
        {
            Console.WriteLine($"seed {plan.Seed} breaks no rule");
            return Close(Totals(result));
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
        Console.WriteLine($"replay {plan.Seed} --trace --without {string.Join(',', removed.Order())}");
        return Close(Totals(result));
    }

    private static SimulationPlan PlanOf(string which) =>
        int.TryParse(which, CultureInfo.InvariantCulture, out var seed) ? SimulationPlan.FromSeed(seed)
        : File.Exists(which) ? SimulationPlan.Parse(File.ReadAllText(which))
        : throw new FormatException($"'{which}' is neither a seed nor a file with a plan.");

    private static SimulationTotals Totals(SimulationResult result)
    {
        var totals = new SimulationTotals();
        totals.Add(result);
        return totals;
    }

    private static void Print(SimulationPlan plan, SimulationResult result)
    {
        Console.WriteLine(plan);
        Console.WriteLine($"trace {result.Trace.Hash}, {result.Trace.Lines.Count} lines; {result.Violation ?? "no rule is broken"}");
    }

    private static int Close(SimulationTotals totals)
    {
        Console.WriteLine($"faults by kind: {totals.FaultsByKind}");
        Console.WriteLine($"dead letters {totals.DeadLetters}, longest time without an owner after the last disturbance {totals.LongestUncovered.TotalSeconds} s, nearest to its limit seed {totals.Nearest.Seed} with {totals.Nearest.Share:P0}");
        Console.WriteLine(totals.Sentence);
        return totals.Violations > 0 ? 1 : 0;
    }

    private static string? Option(string[] args, string name) =>
        Array.IndexOf(args, name) is var place && place >= 0 && place + 1 < args.Length ? args[place + 1] : null;

    private static int Number(string[] args, string name, int otherwise) =>
        Option(args, name) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException($"{name} takes a number, not '{text}'.");
}
