using CsCheck;
using KinesisClientNet.Core.Resilience;

namespace KinesisClientNet.Core.Tests.Resilience;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 200)]
    [InlineData(5, 3200)]
    [InlineData(6, 5000)]
    [InlineData(30, 5000)]
    [InlineData(61, 5000)]
    [InlineData(int.MaxValue, 5000)]
    public void The_limit_doubles_up_to_the_cap(int attempt, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), new Backoff(First, Cap, new Random(1)).Limit(attempt));

    [Fact]
    public void A_wait_lies_between_zero_and_the_limit() => Gen.Select(Gen.Int, Gen.Int[0, 100]).Sample((seed, attempt) =>
    {
        var backoff = new Backoff(First, Cap, new Random(seed));
        Assert.InRange(backoff.Next(attempt), TimeSpan.Zero, backoff.Limit(attempt));
    });

    [Fact]
    public void The_same_seed_gives_the_same_waits()
    {
        var one = new Backoff(First, Cap, new Random(42));
        var other = new Backoff(First, Cap, new Random(42));
        Assert.Equal(Enumerable.Range(0, 20).Select(one.Next), Enumerable.Range(0, 20).Select(other.Next));
    }

    [Fact]
    public void Waits_use_the_whole_range()
    {
        var backoff = new Backoff(First, First, new Random(3));
        var waits = Enumerable.Range(0, 1000).Select(_ => backoff.Next(0).TotalMilliseconds).ToList();
        Assert.InRange(waits.Average(), 45, 55);
        Assert.True(waits.Min() < 2 && waits.Max() > 98);
    }

    [Theory]
    [InlineData(1, 3, 1, 2)]
    [InlineData(1, 2, 1, 2)]
    [InlineData(1, long.MaxValue, 61, 1L << 61)]
    [InlineData(1, long.MaxValue, 62, long.MaxValue)]
    public void The_limit_is_exact_at_its_edges(long first, long cap, int attempt, long ticks) =>
        Assert.Equal(ticks, new Backoff(new(first), new(cap), new Random(1)).Limit(attempt).Ticks);

    [Fact]
    public void Bounds_and_attempts_that_make_no_sense_are_refused_by_name()
    {
        Assert.Equal("first", Assert.Throws<ArgumentOutOfRangeException>(() => new Backoff(TimeSpan.Zero, Cap, new Random(1))).ParamName);
        Assert.Equal("cap", Assert.Throws<ArgumentOutOfRangeException>(() => new Backoff(Cap, First, new Random(1))).ParamName);
        Assert.Equal("attempt", Assert.Throws<ArgumentOutOfRangeException>(() => new Backoff(First, First, new Random(1)).Limit(-1)).ParamName);
    }
}
