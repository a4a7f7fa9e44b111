using System.Diagnostics;

namespace KinesisClientNet.LoadRig.Measuring;

/// <summary>What this process used between two looks: CPU time, wall time, allocated bytes, peak resident memory.</summary>
internal readonly record struct ClientUsage(TimeSpan Cpu, TimeSpan Wall, long AllocatedBytes, long PeakResidentBytes)
{
    public static ClientUsage Look() => new(
        Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.GetElapsedTime(0), GC.GetTotalAllocatedBytes(precise: true), PeakResident());

    public static ClientUsage operator -(ClientUsage end, ClientUsage start) =>
        new(end.Cpu - start.Cpu, end.Wall - start.Wall, end.AllocatedBytes - start.AllocatedBytes, end.PeakResidentBytes);

    private static long PeakResident()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}

/// <summary>One measured run, in the units in which it is printed.</summary>
internal sealed record RunResult(string Name, long Records, int RecordBytes, ClientUsage Usage, long Failed, double[]? LatenciesMs = null)
{
    public double RecordsPerSecond => Records / Usage.Wall.TotalSeconds;

    public double MegabytesPerSecond => RecordsPerSecond * RecordBytes / 1e6;

    public double CpuSecondsPerMillion => Usage.Cpu.TotalSeconds / Records * 1e6;

    public double AllocatedPerRecord => (double)Usage.AllocatedBytes / Records;

    /// <summary>A quantile of the latencies, in milliseconds.</summary>
    public double Quantile(double q)
    {
        if (LatenciesMs is not { Length: > 0 } values)
            return double.NaN;
        Array.Sort(values);
        return values[Math.Min(values.Length - 1, (int)(q * values.Length))];
    }
}
