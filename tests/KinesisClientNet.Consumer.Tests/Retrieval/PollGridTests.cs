using CsCheck;
using KinesisClientNet.Consumer.Retrieval.Polling;

namespace KinesisClientNet.Consumer.Tests.Retrieval;

public sealed class PollGridTests
{
    /// <summary>Ends within half a step and a timer's millisecond of what was wanted, and within that millisecond behind an instant of the grid.</summary>
    [Fact]
    public void A_wait_ends_at_the_nearest_instant_of_the_grid() => Gen.Select(Gen.Long[0, 1L << 50], Gen.Int[2_000_000, 600_000_000]).Sample((now, wanted) =>
    {
        var (from, wait) = (TimeSpan.FromTicks(now), TimeSpan.FromTicks(wanted));

        var aligned = PollGrid.Align(from, wait);

        var millisecond = TimeSpan.FromMilliseconds(1);
        Assert.InRange(aligned - wait, -PollGrid.Step / 2, (PollGrid.Step / 2) + millisecond);
        Assert.InRange((from + aligned).Ticks % PollGrid.Step.Ticks, 0, millisecond.Ticks - 1);
        Assert.Equal(0, aligned.Ticks % millisecond.Ticks);
    });

    [Fact]
    public void A_short_wait_stays_as_it_is() =>
        Gen.Select(Gen.Long[0, 1L << 50], Gen.Int[0, 1_999_999]).Sample((now, wait) =>
            Assert.Equal(TimeSpan.FromTicks(wait), PollGrid.Align(TimeSpan.FromTicks(now), TimeSpan.FromTicks(wait))));
}
