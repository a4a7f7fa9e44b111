using System.Diagnostics;

namespace KinesisClientNet.Fuzz;

/// <summary>Runs a reader on one input and says whether that was a crash: an undocumented exception, over a second, or over 64 MiB.</summary>
internal sealed class FuzzJudge(FuzzTarget target)
{
    private const long MaxAllocatedBytes = 64L << 20;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(1);

    /// <summary>What the last input came to; -1 when the reader refused it.</summary>
    internal int Feature { get; private set; }

    internal FuzzCrash? Judge(ReadOnlyMemory<byte> input)
    {
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        try
        {
            Feature = target.Read(input);
        }
        catch (Exception error) when (target.IsDocumented(error))
        {
            Feature = FeatureOf(error);
        }
        catch (Exception error)
        {
            var place = new StackTrace(error).GetFrame(0)?.GetMethod();
            return new($"{error.GetType().Name} {place?.DeclaringType?.Name}.{place?.Name}", $"{error.GetType().Name}: {error.Message}", error.ToString());
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        if (allocated > MaxAllocatedBytes)
            return new("memory", $"allocated {allocated >> 20} MiB", "");
        return Stopwatch.GetElapsedTime(started) <= MaxTime || !IsSlowAgain(input) ? null : new("time", "took over a second, twice", "");
    }

    /// <summary>A busy machine makes anything slow by the clock: the second time the processor time counts.</summary>
    private bool IsSlowAgain(ReadOnlyMemory<byte> input)
    {
        var started = Environment.CpuUsage.TotalTime;
        try
        {
            target.Read(input);
        }
        catch (Exception error) when (target.IsDocumented(error))
        {
            // Only the time counts here.
        }

        return Environment.CpuUsage.TotalTime - started > MaxTime;
    }

    /// <summary>The words of a refusal, without what they quote from the input, tell at which check it happened.</summary>
    private static int FeatureOf(Exception error)
    {
        var hash = (uint)error.GetType().Name.Length;
        foreach (var letter in error.Message)
        {
            if (letter is '\'' or '"')
                break;
            if (!char.IsAsciiDigit(letter))
                hash = (hash * 31) + letter;
        }

        return (int)(hash | 0x80000000);
    }
}
