namespace KinesisClientNet.Simulation.Tests;

/// <summary>How long a hash range may be without a living owner is judged gap by gap.</summary>
public class CoverageTests
{
    private readonly Coverage _coverage = new(new(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60)), TimeSpan.FromSeconds(1));

    [Fact]
    public void First_gap_may_be_as_long_as_its_limit_and_no_longer()
    {
        Assert.Null(Look(21, "a"));
        Assert.Contains("20 s are allowed", Look(22, "a"), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(22), _coverage.UncoveredFor);
    }

    [Fact]
    public void Later_gap_is_counted_from_its_own_beginning()
    {
        Look(5);
        Assert.Null(Look(30, "b"));
        Assert.Null(Look(40, "b"));
        Assert.Contains("10 s are allowed", Look(41, "b"), StringComparison.Ordinal);
    }

    [Fact]
    public void No_gap_is_allowed_after_the_end()
    {
        Look(50);
        Assert.Null(Look(61, "a"));
        Assert.Contains("60 s are allowed", Look(62, "a"), StringComparison.Ordinal);
    }

    private string? Look(int seconds, params string[] uncovered) =>
        _coverage.Look(["a", "b"], uncovered.ToHashSet(StringComparer.Ordinal), TimeSpan.FromSeconds(seconds))?.Wrong;
}
