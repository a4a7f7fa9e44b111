using System.Diagnostics;
using System.Globalization;
using KinesisClientNet.Simulation;

// run [--seeds N] [--from S] [--mutant NAME] | replay SEED [--trace] [--without 1,2] [--mutant NAME] | shrink SEED [--mutant NAME]
if (!SingleThread.TrySetUp())
    return await RunWithOneProcessorAsync(args);
return await Task.Run(() => Commands.ExecuteAsync(args));

// A run repeats exactly only with one processor and one pool thread; the runtime reads their number when the process starts.
static async Task<int> RunWithOneProcessorAsync(string[] args)
{
    var start = new ProcessStartInfo(Environment.ProcessPath!);
    if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        start.ArgumentList.Add(typeof(Commands).Assembly.Location);
    foreach (var argument in args)
        start.ArgumentList.Add(argument);
    if (Environment.GetEnvironmentVariable(SingleThread.ProcessorCount) == "1")
        throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture, $"{SingleThread.ProcessorCount}=1 is set and the runtime still sees {Environment.ProcessorCount} processors."));
    start.Environment[SingleThread.ProcessorCount] = "1";
    using var process = Process.Start(start)!;
    await process.WaitForExitAsync();
    return process.ExitCode;
}
