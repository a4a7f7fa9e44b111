using System.Diagnostics;

namespace KinesisClientNet.Fuzz;

/// <summary>Runs one target: the corpus as it is, then mutants, on as many threads as asked for.</summary>
internal static class FuzzRun
{
    internal sealed record Outcome(long Iterations, int KeptInputs, IReadOnlyList<string> Crashes, double Seconds);

    internal static Outcome Run(FuzzTarget target, FuzzOptions options, TextWriter output)
    {
        var started = Stopwatch.GetTimestamp();
        var workers = new FuzzWorker[options.Threads];
        var crashes = new CrashLog(target.Name, options.CrashFolder);
        for (var i = 0; i < workers.Length; i++)
        {
            var share = (options.Iterations / workers.Length) + (i < options.Iterations % workers.Length ? 1 : 0);
            workers[i] = new(target.Fresh(), new FuzzRandom(options.Seed + ((ulong)i << 32)).Next(), share, crashes);
        }

        output.WriteLine($"{target.Name}: {options.Iterations} iterations, seed {options.Seed}, {workers.Length} thread(s)");
        Thread[] threads = [.. workers.Select(worker => new Thread(worker.Run, maxStackSize: 1 << 20) { IsBackground = true, Name = $"fuzz {target.Name}" })];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        return new(workers.Sum(w => w.Iterations), workers.Sum(w => w.KeptInputs), crashes.Lines, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    internal static Outcome Replay(FuzzTarget target, string file)
    {
        var started = Stopwatch.GetTimestamp();
        var judge = new FuzzJudge(target);
        var crash = judge.Judge(FuzzCorpus.Read(file));
        return new(1, 0, crash is null ? [] : [$"{target.Name}: {file}: {crash}"], Stopwatch.GetElapsedTime(started).TotalSeconds);
    }
}
