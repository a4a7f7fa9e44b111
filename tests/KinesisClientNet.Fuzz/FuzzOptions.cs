using System.Globalization;
using KinesisClientNet.Fuzz.Targets;

namespace KinesisClientNet.Fuzz;

/// <summary>What the command line asks for.</summary>
internal sealed record FuzzOptions(IReadOnlyList<FuzzTarget> Targets, long Iterations, ulong Seed, int Threads, string CrashFolder, string? InputFile)
{
    internal static string Usage =>
        $"""
        usage: KinesisClientNet.Fuzz TARGET|all [--iterations N] [--seed S] [--threads T] [--crashes FOLDER]
               KinesisClientNet.Fuzz TARGET --input FILE     runs one input, hexadecimal text as the corpus has it
        targets: {string.Join(", ", FuzzTargets.All.Select(t => t.Name))}
        With 'all' the iterations are spread evenly over the targets. The same seed and number of threads give the same inputs.
        """;

    internal static FuzzOptions Parse(string[] args)
    {
        if (args.Length == 0)
            throw new FormatException("Name a target.");
        FuzzTarget[] targets = args[0] == "all" ? [.. FuzzTargets.All] : [FuzzTargets.Find(args[0])];
        var options = new FuzzOptions(targets, 1_000_000, 1, 1, Path.Combine(AppContext.BaseDirectory, "crashes"), null);
        for (var i = 1; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new FormatException($"{args[i]} needs a value.");
            options = args[i] switch
            {
                "--iterations" => options with { Iterations = Number(args[i], value, long.MaxValue) },
                "--seed" => options with { Seed = (ulong)Number(args[i], value, long.MaxValue) },
                "--threads" => options with { Threads = (int)Number(args[i], value, 256) },
                "--crashes" => options with { CrashFolder = value },
                "--input" => options with { InputFile = value },
                _ => throw new FormatException($"{args[i]} is not an option."),
            };
        }

        return options with { Iterations = Math.Max(1, options.Iterations / targets.Length), Threads = Math.Max(1, options.Threads) };
    }

    private static long Number(string option, string text, long max) =>
        long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= max
            ? value
            : throw new FormatException($"{option} takes a number from 0 to {max}, not '{text}'.");
}
