using KinesisClientNet.Consumer.Processing;

namespace KinesisClientNet.Consumer.Tests.Processing;

public sealed class HandlerSlotsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slot_that_comes_free_goes_to_the_one_who_waits_longest()
    {
        var slots = new HandlerSlots(1);
        Assert.True(slots.TryEnter());
        var (first, second) = (slots.EnterAsync(Token).AsTask(), slots.EnterAsync(Token).AsTask());

        slots.Leave();

        await first;
        Assert.False(second.IsCompleted);
        Assert.False(slots.TryEnter());
        slots.Leave();
        await second;
        slots.Leave();
        Assert.True(slots.TryEnter());
    }

    [Fact]
    public async Task Who_stops_waiting_takes_no_slot()
    {
        var slots = new HandlerSlots(1);
        Assert.True(slots.TryEnter());
        using var stop = new CancellationTokenSource();
        var (gone, next) = (slots.EnterAsync(stop.Token).AsTask(), slots.EnterAsync(Token).AsTask());

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        slots.Leave();

        await next;
        slots.Leave();
        Assert.True(slots.TryEnter());
        Assert.False(slots.TryEnter());
    }

    [Fact]
    public async Task A_higher_limit_admits_at_once_and_a_lower_one_waits_for_those_inside()
    {
        var slots = new HandlerSlots(1);
        Assert.True(slots.TryEnter());
        var waiting = slots.EnterAsync(Token).AsTask();

        slots.Limit = 2;
        await waiting;
        slots.Limit = 1;
        slots.Leave();

        Assert.False(slots.TryEnter());
        slots.Leave();
        Assert.True(slots.TryEnter());
        slots.Limit = null;
        Assert.True(slots.TryEnter());
    }
}
