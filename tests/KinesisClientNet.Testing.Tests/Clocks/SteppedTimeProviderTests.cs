using KinesisClientNet.Testing.Clocks;

namespace KinesisClientNet.Testing.Tests.Clocks;

public class SteppedTimeProviderTests
{
    private readonly SteppedTimeProvider _clock = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Timers_fire_in_order_of_their_times_and_each_at_its_own_time()
    {
        Timer("late", 3);
        Timer("early", 1);
        Timer("middle", 2);

        _clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["early@1", "middle@2", "late@3"], _fired);
        Assert.Equal(TimeSpan.FromSeconds(10), _clock.Elapsed);
    }

    [Fact]
    public void Timers_due_together_fire_in_the_order_of_their_making()
    {
        for (var i = 0; i < 5; i++)
            Timer($"{i}", 1);

        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["0@1", "1@1", "2@1", "3@1", "4@1"], _fired);
    }

    [Fact]
    public void Periodic_timer_fires_every_period_until_it_is_disposed()
    {
        var timer = Timer("beat", 1, period: 2);
        _clock.Advance(TimeSpan.FromSeconds(6));
        timer.Dispose();
        _clock.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(["beat@1", "beat@3", "beat@5"], _fired);
        Assert.Equal(0, _clock.ArmedTimers);
        Assert.False(timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void Changed_timer_fires_only_at_its_new_time()
    {
        var timer = Timer("moved", 1);
        timer.Change(TimeSpan.FromSeconds(4), Timeout.InfiniteTimeSpan);

        Assert.Equal((1, TimeSpan.FromSeconds(4)), (_clock.ArmedTimers, _clock.NextTimer));
        _clock.Advance(TimeSpan.FromSeconds(9));

        Assert.Equal(["moved@4"], _fired);
        Assert.Null(_clock.NextTimer);
    }

    [Fact]
    public void Timer_armed_by_a_timer_fires_in_the_same_advance()
    {
        _clock.CreateTimer(_ => Timer("second", 1), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(["second@2"], _fired);
    }

    [Fact]
    public void Step_goes_to_the_next_timer_or_to_the_limit()
    {
        Timer("next", 3);

        Assert.Equal(TimeSpan.FromSeconds(2), _clock.AdvanceToNextTimer(TimeSpan.FromSeconds(2)));
        Assert.Equal(TimeSpan.FromSeconds(1), _clock.AdvanceToNextTimer(TimeSpan.FromSeconds(2)));
        Assert.Equal(["next@3"], _fired);
        Assert.Equal(TimeSpan.FromSeconds(2), _clock.AdvanceToNextTimer(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task Delay_and_cancellation_of_the_framework_follow_it()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2), _clock);
        var delay = Task.Delay(TimeSpan.FromSeconds(1), _clock, TestContext.Current.CancellationToken);
        Assert.False(delay.IsCompleted);

        _clock.Advance(TimeSpan.FromSeconds(1));
        await delay;
        Assert.False(timeout.IsCancellationRequested);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(timeout.IsCancellationRequested);
    }

    [Fact]
    public void Wall_clock_jumps_alone()
    {
        var (wall, stamp) = (_clock.GetUtcNow(), _clock.GetTimestamp());
        Timer("steady", 1);

        _clock.JumpWallClock(TimeSpan.FromHours(-1));

        Assert.Equal((wall.AddHours(-1), stamp), (_clock.GetUtcNow(), _clock.GetTimestamp()));
        Assert.Empty(_fired);
    }

    [Fact]
    public void Timer_in_the_past_is_refused_as_by_the_system()
    {
        var timer = Timer("once", 1);

        Assert.Throws<ArgumentOutOfRangeException>(() => timer.Change(TimeSpan.FromSeconds(-2), Timeout.InfiniteTimeSpan));
        Assert.Throws<ArgumentOutOfRangeException>(() => timer.Change(TimeSpan.Zero, TimeSpan.FromSeconds(-2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Timer("past", -2));
        Assert.Equal((1, TimeSpan.FromSeconds(1)), (_clock.ArmedTimers, _clock.NextTimer));
    }

    [Fact]
    public void Time_does_not_run_backwards() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.Advance(TimeSpan.FromTicks(-1)));

    [Fact]
    public void Frozen_worker_fires_what_came_due_when_it_wakes()
    {
        var worker = new WorkerClock(_clock);
        worker.CreateTimer(_ => _fired.Add($"worker@{_clock.Elapsed.TotalSeconds}"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        worker.Freeze();
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(_fired);

        worker.Thaw();
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["worker@5", "worker@6"], _fired);
    }

    private ITimer Timer(string name, int due, int period = 0) => _clock.CreateTimer(
        _ => _fired.Add($"{name}@{_clock.Elapsed.TotalSeconds}"), null, TimeSpan.FromSeconds(due),
        period == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(period));
}
