using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Retrieval;

public sealed class PrefetchQueueTests
{
    private const int Share = 100_000;

    [Fact]
    [Trait("Story", "M1")]
    public void The_budget_is_shared_evenly_by_the_shards_that_there_are()
    {
        var budget = new PrefetchBudget(4 * Share);
        using var first = new PrefetchQueue(budget);
        Assert.Equal(4 * Share, first.RoomFor(0));

        var others = Enumerable.Range(0, 3).Select(_ => new PrefetchQueue(budget)).ToList();
        Assert.Equal(Share, first.RoomFor(0));

        others.ForEach(other => other.Dispose());
        Assert.Equal(4 * Share, first.RoomFor(0));
    }

    [Fact]
    public void A_page_counts_until_its_last_holder_lets_go()
    {
        var budget = new PrefetchBudget(Share);
        using var queue = new PrefetchQueue(budget);
        var page = Page(Share);
        queue.Add(page);
        page.Hold(2);
        Assert.Equal(0, queue.RoomFor(0));

        page.LetGo(2);
        Assert.Equal(0, queue.RoomFor(0));
        page.LetGo();

        Assert.Equal(Share, queue.RoomFor(0));
        Assert.Equal(0, budget.HeldBytes);
    }

    /// <summary>Nobody can ask for a smaller event: the reader waits until the next one fits, and takes what comes when it holds nothing.</summary>
    [Fact]
    public void A_page_whose_size_is_not_ours_to_choose_waits_until_it_fits()
    {
        using var queue = new PrefetchQueue(new PrefetchBudget(Share));
        Assert.Equal(Share, queue.RoomFor(3 * Share));
        var page = Page(Share / 2);
        queue.Add(page);

        Assert.InRange(queue.RoomFor(Share / 4), Share / 4, Share / 2);
        Assert.Equal(0, queue.RoomFor((Share / 2) + 1));

        page.LetGo();
        Assert.Equal(Share, queue.RoomFor(3 * Share));
    }

    [Fact]
    public void What_a_subscription_reads_ahead_is_part_of_the_budget()
    {
        var polling = ConsumerOptions(RetrievalMode.Polling);
        var fanOut = ConsumerOptions(RetrievalMode.EnhancedFanOut);
        fanOut.Connection.SubscriptionWindowBytes = 256 * 1024;

        Assert.Equal(polling.Retrieval.PrefetchBytes, PrefetchBudget.Of(polling).Share);
        Assert.Equal(fanOut.Retrieval.PrefetchBytes - (256 * 1024), PrefetchBudget.Of(fanOut).Share);
    }

    private static KinesisConsumerOptions ConsumerOptions(RetrievalMode mode) =>
        new() { StreamName = "orders", ApplicationName = "billing", Retrieval = { Mode = mode } };

    [Fact]
    public async Task The_reader_waits_for_room_and_gets_it()
    {
        using var queue = new PrefetchQueue(new PrefetchBudget(Share));
        var page = Page(Share * 3);
        queue.Add(page);
        var waiting = queue.WaitForRoomAsync(0, TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);

        page.LetGo();

        Assert.Equal(Share, await waiting);
    }

    [Fact]
    public void A_shard_that_hoards_its_share_takes_nothing_from_the_others()
    {
        var budget = new PrefetchBudget(2 * Share);
        using var hoarder = new PrefetchQueue(budget);
        using var other = new PrefetchQueue(budget);

        hoarder.Add(Page(Share));

        Assert.Equal(0, hoarder.RoomFor(0));
        Assert.InRange(other.RoomFor(0), Share * 99 / 100, Share);
    }

    /// <summary>A shard that was alone may hold all of the budget when others join: they go on with a part of their share until it lets go.</summary>
    [Fact]
    public void What_was_taken_when_there_were_fewer_shards_counts_for_all()
    {
        var budget = new PrefetchBudget(4 * Share);
        using var hoarder = new PrefetchQueue(budget);
        var hoard = Page(4 * Share);
        hoarder.Add(hoard);
        var others = Enumerable.Range(0, 3).Select(_ => new PrefetchQueue(budget)).ToList();

        Assert.All(others, other => Assert.Equal(Share * 15 / 100, other.RoomFor(0)));
        others[0].Add(Page(1000));
        Assert.Equal(0, others[0].RoomFor(0));

        hoard.LetGo();
        Assert.InRange(others[0].RoomFor(0), Share - 1700, Share - 1000); // the page's payload and what it costs beside it
        Assert.Equal(Share, others[1].RoomFor(0));
        others.ForEach(other => other.Dispose());
    }

    [Fact]
    public void What_an_abandoned_shard_still_holds_no_longer_counts()
    {
        var budget = new PrefetchBudget(Share);
        var queue = new PrefetchQueue(budget);
        var page = Page(1000);
        page.Hold();
        queue.Add(page);

        queue.Dispose();
        page.LetGo();

        Assert.Equal(0, budget.HeldBytes);
    }

    [Fact]
    public void Pages_give_their_memory_back_once()
    {
        var owner = new Owner();
        var page = new ShardPage([], owner: owner);
        page.Hold();

        page.LetGo();
        Assert.Equal(0, owner.Disposals);
        page.LetGo();

        Assert.Equal(1, owner.Disposals);
    }

    private static ShardPage Page(int bytes) => new([new KinesisRecord(SequenceNumber.FromBits(0, 1), default, new byte[bytes], "key")]);

    private sealed class Owner : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
