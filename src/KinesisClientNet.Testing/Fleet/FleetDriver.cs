using KinesisClientNet.Testing.Clocks;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>
/// Moves the fleet's clock, and only when the fleet has nothing left to do at the present moment. Works with the stepped clock of this package
/// and with FakeTimeProvider. A simulation that owns every thread brings its own way to know that the fleet is quiet.
/// </summary>
internal sealed class FleetDriver(TimeProvider clock, Func<(long Signs, int Inside)> activity, Func<Task>? settle = null)
{
    private const int QuietLooks = 2;
    private const int ExactLooks = 200;
    private const int MostLooks = 2000;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestStep = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FakeStep = TimeSpan.FromMilliseconds(100);

    /// <summary>Steps until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not come about in so much time of the fleet's clock; the message says what was waited for.</exception>
    public async Task UntilAsync(Func<ValueTask<bool>> reached, Func<string> waitingFor, TimeSpan limit)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            await SettleAsync().ConfigureAwait(false);
            if (await reached().ConfigureAwait(false))
                return;
            if (clock.GetElapsedTime(start) > limit)
                throw new TimeoutException($"After {limit} of the fleet's clock: {waitingFor()}");
            Step();
        }
    }

    /// <summary>Goes on for so long, in steps that let the fleet work in between.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        var start = clock.GetTimestamp();
        await SettleAsync().ConfigureAwait(false);
        while (time - clock.GetElapsedTime(start) is var rest && rest > TimeSpan.Zero)
        {
            Step(rest);
            await SettleAsync().ConfigureAwait(false);
        }
    }

    private void Step(TimeSpan? atMost = null)
    {
        var limit = atMost < LongestStep ? atMost.Value : LongestStep;
        switch (clock)
        {
            case SteppedTimeProvider stepped:
                stepped.AdvanceToNextTimer(limit);
                break;
            case FakeTimeProvider fake:
                fake.Advance(limit < FakeStep ? limit : FakeStep);
                break;
            default:
                throw new InvalidOperationException(
                    $"The fleet's clock is a {clock.GetType().Name}, which cannot be moved: give LocalKinesis a SteppedTimeProvider or a FakeTimeProvider.");
        }
    }

    /// <summary>
    /// Until the thread pool rests: then nobody works, and nothing more happens before the clock moves. Where other work of the process never lets it rest (tests that
    /// run side by side), until no call of a worker is under way and none has begun for two looks, a millisecond of real time apart.
    /// </summary>
    private async Task SettleAsync()
    {
        if (settle is not null)
        {
            await settle().ConfigureAwait(false);
            return;
        }

        await BehindEverything().ConfigureAwait(false);
        if (ComesToRest())
            return;

        var quiet = 0;
        for (var look = 0; look < MostLooks && quiet < QuietLooks; look++)
        {
            var before = activity().Signs;
            await Task.Delay(Look, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
            if (ComesToRest())
                return;
            var (signs, inside) = activity();
            quiet = signs == before && inside == 0 && ThreadPool.PendingWorkItemCount == 0 ? quiet + 1 : 0;
        }
    }

    /// <summary>Looks for a moment whether everybody finishes. Nothing is queued meanwhile: a thread that is woken for it counts as one that works.</summary>
    private static bool ComesToRest()
    {
        var spin = default(SpinWait);
        for (var look = 0; look < ExactLooks; look++)
        {
            if (IsPoolResting)
                return true;
            spin.SpinOnce(sleep1Threshold: -1);
        }

        return false;
    }

    /// <summary>
    /// Nothing waits and no thread of the pool works but the one that asks. The pool counts a thread as working from when it is asked for until it has found the queue
    /// empty, so an item that was taken from the queue and has not run yet, on a busy machine, is not mistaken for rest.
    /// </summary>
    private static bool IsPoolResting
    {
        get
        {
            if (ThreadPool.PendingWorkItemCount > 0)
                return false;
            ThreadPool.GetMaxThreads(out var most, out _);
            ThreadPool.GetAvailableThreads(out var available, out _);
            return most - available <= (Thread.CurrentThread.IsThreadPoolThread ? 1 : 0);
        }
    }

    /// <summary>Goes on, on a thread of the pool, when what was queued before has been taken up.</summary>
    private static Task BehindEverything()
    {
        var reached = new TaskCompletionSource();
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.SetResult(), reached, preferLocal: false);
        return reached.Task;
    }
}
