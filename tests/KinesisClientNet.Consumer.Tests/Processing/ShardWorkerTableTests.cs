using KinesisClientNet.Consumer.Processing;

namespace KinesisClientNet.Consumer.Tests.Processing;

public sealed class ShardWorkerTableTests
{
    [Fact]
    public void A_life_goes_from_waiting_to_closed()
    {
        ShardWorkerEvent[] life =
        [
            ShardWorkerEvent.ParentsFinished, ShardWorkerEvent.Opened, ShardWorkerEvent.EndReached, ShardWorkerEvent.Finished,
        ];

        var states = new List<ShardWorkerState> { ShardWorkerState.Waiting };
        foreach (var happening in life)
            states.Add(states[^1].Next(happening));

        Assert.Equal(
            [ShardWorkerState.Waiting, ShardWorkerState.Opening, ShardWorkerState.Processing, ShardWorkerState.Draining, ShardWorkerState.Closed], states);
    }

    /// <summary>KCL's consumer ignores a shutdown while it waits for a parent or while a task fails (kcl.md §4.2); ours does in no state.</summary>
    [Fact]
    public void A_wish_to_end_is_honoured_in_every_state()
    {
        foreach (var state in Enum.GetValues<ShardWorkerState>())
            Assert.True(state.Next(ShardWorkerEvent.EndAsked) is ShardWorkerState.Draining or ShardWorkerState.Closed);
    }

    [Fact]
    public void Every_other_event_is_possible_in_exactly_one_state()
    {
        foreach (var happening in Enum.GetValues<ShardWorkerEvent>().Except([ShardWorkerEvent.EndAsked]))
        {
            var possible = Enum.GetValues<ShardWorkerState>().Count(state => IsPossible(state, happening));

            Assert.Equal(1, possible);
        }
    }

    private static bool IsPossible(ShardWorkerState state, ShardWorkerEvent happening)
    {
        try
        {
            state.Next(happening);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
