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
    /// Until no call of a worker is under way and none has begun for two looks. The looks are a millisecond of real time apart, because the
    /// workers run on real threads; a busy machine makes it slower, not wrong: time then only moves while somebody still works, as it does in life.
    /// </summary>
    private async Task SettleAsync()
    {
        if (settle is not null)
        {
            await settle().ConfigureAwait(false);
            return;
        }

        var quiet = 0;
        for (var look = 0; look < MostLooks && quiet < QuietLooks; look++)
        {
            var before = activity().Signs;
            await Task.Delay(Look, TimeProvider.System, CancellationToken.None).ConfigureAwait(false);
            var (signs, inside) = activity();
            quiet = signs == before && inside == 0 && ThreadPool.PendingWorkItemCount == 0 ? quiet + 1 : 0;
        }
    }
}
