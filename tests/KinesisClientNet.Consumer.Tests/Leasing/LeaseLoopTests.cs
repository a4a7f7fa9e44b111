using KinesisClientNet.Consumer.Leasing;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>The loops behind leasing live for as long as their worker.</summary>
public sealed class LeaseLoopTests : IDisposable
{
    private readonly SteppedClock _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly LeaseLoop _loop;

    public LeaseLoopTests() => _loop = new("test", TimeSpan.FromSeconds(1), new LeaseRuntime(_time, new Random(1), () => "id", NullLogger.Instance));

    public void Dispose() => _stop.Dispose();

    /// <summary>A leader whose plan took longer than a lease had left to live said "ten seconds ago", and was never asked again: found by simulated seed 1523.</summary>
    [Fact]
    public async Task Step_that_is_due_in_the_past_follows_at_once()
    {
        var steps = 0;
        var run = _loop.RunAsync(TimeSpan.Zero, _ => new(++steps < 3 ? TimeSpan.FromSeconds(-10) : TimeSpan.FromHours(1)), _stop.Token);

        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal((3, 0), (steps, _loop.Failures));
        await _stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Step_that_fails_is_tried_again_after_a_while()
    {
        var steps = 0;
        var run = _loop.RunAsync(TimeSpan.Zero, _ => ++steps < 3 ? throw new IOException("down") : new(TimeSpan.FromHours(1)), _stop.Token);

        _time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal((2, 2), (steps, _loop.Failures));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((3, 0), (steps, _loop.Failures));
        await _stop.CancelAsync();
        await run;
    }
}
