using System.Runtime;

namespace KinesisClientNet.LoadRig.Measuring;

/// <summary>
/// Runs candidates in turn, so that a machine that slows down or speeds up meets them all alike. Rounds before the counted ones warm up: until the
/// run-time has stopped compiling, at most <see cref="MaxWarmUps"/>. What is measured is a process that has been running for a while.
/// </summary>
internal static class Rounds
{
    private const int MaxWarmUps = 16;

    /// <summary>Fewer methods than this compiled in a round: the hot ones have their final code.</summary>
    private const int QuietMethods = 40;

    /// <summary>The results of each candidate, in the order of the candidates.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<RunResult>>> RunAsync(IReadOnlyList<Func<Task<RunResult>>> candidates, int counted)
    {
        for (var warmUp = 0; warmUp < MaxWarmUps; warmUp++)
        {
            var compiled = JitInfo.GetCompiledMethodCount();
            foreach (var candidate in candidates)
                await candidate();
            if (JitInfo.GetCompiledMethodCount() - compiled < QuietMethods)
                break;
        }

        var results = candidates.Select(_ => new List<RunResult>()).ToList();
        for (var round = 0; round < counted; round++)
        {
            for (var c = 0; c < candidates.Count; c++)
            {
                GC.Collect();
                results[c].Add(await candidates[c]());
            }
        }

        return results;
    }
}
