using KinesisClientNet.Fuzz;

FuzzOptions options;
try
{
    options = FuzzOptions.Parse(args);
}
catch (FormatException error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine(FuzzOptions.Usage);
    return 2;
}

var crashes = 0;
long iterations = 0;
foreach (var target in options.Targets)
{
    var outcome = options.InputFile is { } file ? FuzzRun.Replay(target, file) : FuzzRun.Run(target, options, Console.Out);
    foreach (var crash in outcome.Crashes)
        Console.WriteLine(crash);
    crashes += outcome.Crashes.Count;
    iterations += outcome.Iterations;
    Console.WriteLine($"{target.Name}: iterations {outcome.Iterations}, kept inputs {outcome.KeptInputs}, crashes {outcome.Crashes.Count}, {outcome.Seconds:F1} s");
}

Console.WriteLine($"iterations {iterations}, crashes {crashes}");
return crashes > 0 ? 1 : 0;
