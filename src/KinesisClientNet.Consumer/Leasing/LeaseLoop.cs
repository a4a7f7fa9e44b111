using System.Threading.Channels;
using KinesisClientNet.Consumer.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// A background loop that never dies silently: a step that throws is counted and logged, and the loop goes on (demand story D4). A step says when
/// the next one is due; <see cref="Wake"/> makes it due at once.
/// </summary>
internal sealed class LeaseLoop
{
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _retryDelay;

    // Synchronous continuations: the step runs on the timer's thread. No hop is lost on the pool, and a fleet under a fake clock is deterministic.
    private readonly Channel<byte> _due = Channel.CreateBounded<byte>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true, AllowSynchronousContinuations = true });

    private int _failures;
    private long _lastSuccess;

    /// <param name="name">For messages.</param>
    /// <param name="retryDelay">How long to wait after a failed step.</param>
    /// <param name="runtime">Time and log.</param>
    public LeaseLoop(string name, TimeSpan retryDelay, LeaseRuntime runtime)
    {
        _name = name;
        _retryDelay = retryDelay;
        _time = runtime.Time;
        _logger = runtime.Logger;
        _lastSuccess = _time.GetTimestamp();
    }

    /// <summary>Failed steps since the last good one.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>Time since the last good step, or since the start.</summary>
    public TimeSpan SinceSuccess => _time.GetElapsedTime(Volatile.Read(ref _lastSuccess));

    /// <summary>Makes the next step due now.</summary>
    public void Wake() => _due.Writer.TryWrite(0);

    /// <summary>Runs steps until the token is cancelled; ends normally then.</summary>
    /// <param name="firstDelay">Before the first step.</param>
    /// <param name="step">Does the work and returns the time until the next step; at once when it is past, as after a step that took long.</param>
    /// <param name="cancellationToken">Ends the loop.</param>
    /// <returns>A task that ends with the loop.</returns>
    public async Task RunAsync(TimeSpan firstDelay, Func<CancellationToken, ValueTask<TimeSpan>> step, CancellationToken cancellationToken)
    {
        using var timer = _time.CreateTimer(static state => ((LeaseLoop)state!).Wake(), this, firstDelay, Timeout.InfiniteTimeSpan);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await _due.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var delay = await step(cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref _lastSuccess, _time.GetTimestamp());
                Volatile.Write(ref _failures, 0);
                timer.Change(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // The loop is the edge: whatever a step throws is told and the loop lives on; Failures and SinceSuccess feed the health report.
                var failures = Interlocked.Increment(ref _failures);
                ConsumerLog.LoopFailed(_logger, _name, failures, _retryDelay, error);
                timer.Change(_retryDelay, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
