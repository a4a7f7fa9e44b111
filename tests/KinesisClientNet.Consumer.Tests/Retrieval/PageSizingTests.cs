using System.Numerics;
using CsCheck;
using KinesisClientNet.Consumer.Retrieval.Polling;

namespace KinesisClientNet.Consumer.Tests.Retrieval;

/// <summary>How many records are asked for, so that pages of a limited number of records become pages of a limited number of bytes.</summary>
public sealed class PageSizingTests
{
    private const long MiB = 1024 * 1024;

    [Fact]
    public void With_room_for_the_services_largest_page_there_is_nothing_to_choose() => Assert.Equal(10_000, new PageSizing(10_000).LimitFor(18 * MiB));

    /// <summary>64 shards begin at once: what nobody has seen yet may be of a megabyte each (demand story M1).</summary>
    [Fact]
    [Trait("Story", "M1")]
    public void The_first_page_takes_records_for_as_large_as_they_may_be() => Assert.Equal(3, new PageSizing(10_000).LimitFor(4 * MiB));

    [Fact]
    public void Small_records_are_asked_for_in_full_pages_after_a_few_reads()
    {
        var sizing = new PageSizing(10_000);
        var limits = new List<int>();
        for (var read = 0; read < 6; read++)
        {
            limits.Add(sizing.LimitFor(8 * MiB));
            sizing.Learn(limits[^1], limits[^1] * 100L);
        }

        Assert.Equal([7, 56, 448, 3584, 10_000, 10_000], limits);
    }

    [Fact]
    public void Records_that_grow_are_believed_at_once()
    {
        var sizing = new PageSizing(10_000);
        sizing.Learn(5_000, 500_000);
        sizing.Learn(1, 500_000);

        Assert.InRange(sizing.LimitFor(1 * MiB), 1, 2);
    }

    [Fact]
    public void An_empty_page_teaches_nothing()
    {
        var sizing = new PageSizing(10_000);
        sizing.Learn(100, 100_000);
        var before = sizing.LimitFor(MiB);

        sizing.Learn(0, 512);

        Assert.Equal(before, sizing.LimitFor(MiB));
    }

    [Fact]
    public void Pages_of_like_records_never_exceed_the_room_in_the_pools_memory() => Gen.Select(Gen.Int[1, 1024 * 1024], Gen.Int[1, 10 * 1024 * 1024]).Sample((size, room) =>
    {
        var sizing = new PageSizing(10_000);
        for (var read = 0; read < 8; read++)
        {
            var limit = sizing.LimitFor(room);
            var bytes = (long)limit * size;
            Assert.True(limit == 1 || BitOperations.RoundUpToPowerOf2((ulong)bytes) <= (ulong)room, $"{limit} records of {size} B for {room} B of room");
            sizing.Learn(limit, bytes);
        }
    });
}
