using System.Diagnostics;

namespace KinesisClientNet.Fuzz;

/// <summary>
/// Sees that an iteration does not come back. A reader in an endless loop cannot be stopped from outside, so the program prints the input
/// and ends.
/// </summary>
internal sealed class FuzzWatchdog : IDisposable
{
    /// <summary>
    /// Ten times the limit for one input, and as much processor time in it as half of that: other processes may hold the processors meanwhile. Readers
    /// compute and never wait, so one that hangs uses its processor.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Timer _timer;
    private readonly Action _onHang;
    private long _iteration;
    private long _seenIteration = -1;
    private long _seenAt;
    private TimeSpan _seenUsage;

    internal FuzzWatchdog(Action onHang)
    {
        _onHang = onHang;
        _timer = new Timer(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>A new iteration starts.</summary>
    internal void Beat() => Volatile.Write(ref _iteration, _iteration + 1);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var now = Stopwatch.GetTimestamp();
        var iteration = Volatile.Read(ref _iteration);
        if (iteration != _seenIteration)
            (_seenIteration, _seenAt, _seenUsage) = (iteration, now, Environment.CpuUsage.TotalTime);
        else if (Stopwatch.GetElapsedTime(_seenAt, now) > Patience && Environment.CpuUsage.TotalTime - _seenUsage > Patience / 2)
            _onHang();
    }
}
