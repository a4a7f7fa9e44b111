using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Tests.Pipeline;

public sealed class BufferPoolTests
{
    private const int Size = 51_200;

    [Fact]
    public void A_full_buffer_that_empties_and_fills_again_allocates_nothing()
    {
        var pool = new BufferPool(100 * 53_248);
        var first = RentMany(pool, 100);
        foreach (var array in first)
            pool.Return(array);

        var second = RentMany(pool, 100);

        Assert.Equal(first.ToHashSet(ReferenceEqualityComparer.Instance), second.ToHashSet(ReferenceEqualityComparer.Instance));
        Assert.Equal(0, pool.IdleBytes);
    }

    [Fact]
    public void Used_and_unused_arrays_stay_within_the_bound_when_sizes_change()
    {
        const long Bound = 10 * 53_248;
        var pool = new BufferPool(Bound);
        foreach (var array in RentMany(pool, 10))
            pool.Return(array);

        var inUse = 0L;
        for (var i = 0; i < 40; i++)
        {
            inUse += pool.Rent(10_000).Length;
            Assert.True(inUse + pool.IdleBytes <= Bound, $"{inUse} in use and {pool.IdleBytes} unused after {i + 1} arrays");
        }
    }

    [Fact]
    public void What_is_in_use_may_exceed_the_bound_and_is_then_not_kept()
    {
        var pool = new BufferPool(53_248);
        var arrays = RentMany(pool, 3);

        foreach (var array in arrays)
            pool.Return(array);

        Assert.Equal(53_248, pool.IdleBytes);
    }

    [Fact]
    public void What_nobody_took_since_the_last_look_is_dropped()
    {
        var pool = new BufferPool(100 * 53_248);
        foreach (var array in RentMany(pool, 10))
            pool.Return(array);
        pool.Trim();
        Assert.Equal(10 * 53_248, pool.IdleBytes);

        foreach (var array in RentMany(pool, 4))
            pool.Return(array);
        pool.Trim();

        Assert.Equal(4 * 53_248, pool.IdleBytes);
    }

    private static List<byte[]> RentMany(BufferPool pool, int count) => [.. Enumerable.Range(0, count).Select(_ => pool.Rent(Size))];
}
