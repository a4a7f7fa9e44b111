using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Retrieval;

public sealed class PrefetchQueueTests
{
    private const int Share = 100_000;

    [Fact]
    public void The_budget_is_shared_evenly_by_the_shards_that_there_are()
    {
        var budget = new PrefetchBudget(4 * Share);
        using var first = new PrefetchQueue(budget);
        Assert.Equal(4 * Share, first.Room);

        var others = Enumerable.Range(0, 3).Select(_ => new PrefetchQueue(budget)).ToList();
        Assert.Equal(Share, first.Room);

        others.ForEach(other => other.Dispose());
        Assert.Equal(4 * Share, first.Room);
    }

    [Fact]
    public void A_page_counts_until_its_last_holder_lets_go()
    {
        var budget = new PrefetchBudget(Share);
        using var queue = new PrefetchQueue(budget);
        var page = Page(Share);
        queue.Add(page);
        page.Hold(2);
        Assert.Equal(0, queue.Room);

        page.LetGo(2);
        Assert.Equal(0, queue.Room);
        page.LetGo();

        Assert.Equal(Share, queue.Room);
        Assert.Equal(0, budget.HeldBytes);
    }

    [Fact]
    public async Task The_reader_waits_for_room_and_gets_it()
    {
        using var queue = new PrefetchQueue(new PrefetchBudget(Share));
        var page = Page(Share * 3);
        queue.Add(page);
        var waiting = queue.WaitForRoomAsync(TestContext.Current.CancellationToken).AsTask();
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

        hoarder.Add(Page(2 * Share));

        Assert.Equal(0, hoarder.Room);
        Assert.Equal(Share, other.Room);
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
