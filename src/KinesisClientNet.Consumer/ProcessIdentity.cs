using System.Globalization;
using System.Security.Cryptography;

namespace KinesisClientNet.Consumer;

/// <summary>Where chance and ids come from when nobody injects them: the one place that asks the machine.</summary>
internal static class ProcessIdentity
{
    /// <summary>A random source that differs for each consumer.</summary>
    public static Random NewRandom() => new(RandomNumberGenerator.GetInt32(int.MaxValue));

    /// <summary>The machine's name and a random part: unique, and readable in the lease table.</summary>
    public static string NewWorkerId(Random random) => string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}:{NewId(random)}");

    /// <summary>
    /// Measures how much of the processors that this process may use (a container's CPU limit counts) it has used since the last call, in per cent.
    /// </summary>
    public static Func<double> NewCpuUtilization(TimeProvider time)
    {
        var since = time.GetTimestamp();
        var used = Environment.CpuUsage.TotalTime;
        return () =>
        {
            var (now, usedNow) = (time.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var elapsed = time.GetElapsedTime(since, now) * Environment.ProcessorCount;
            var percent = elapsed > TimeSpan.Zero ? (usedNow - used) / elapsed * 100 : 0;
            (since, used) = (now, usedNow);
            return percent;
        };
    }

    /// <summary>A fresh UUID text.</summary>
    public static string NewId(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (random)
            random.NextBytes(bytes);
        // Version 4, variant 1 (RFC 9562 §5.4), so that other readers of the table take it for what it is.
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
