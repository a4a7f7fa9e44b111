using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Processing;

[Collection(VirtualTimeCollection.Name)]
public sealed class RestartTests
{
    private const int Records = 14;

    /// <summary>Issue "Processing", acceptance: restart at every cut point, inside aggregates too: duplicates = exactly the un-checkpointed suffix. Demand story D2.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [Trait("Story", "D2")]
    public async Task A_restart_delivers_exactly_what_was_not_checkpointed(int concurrency)
    {
        for (var cut = 1; cut <= Records; cut++)
        {
            await using var rig = new ConsumerRig();
            await PutAsync(rig);
            var written = new TaskCompletionSource();
            var handled = 0;
            var first = rig.Start(
                async (batch, stopping) =>
                {
                    for (var i = 0; i < batch.Count; i++)
                    {
                        if (Interlocked.Increment(ref handled) != cut)
                            continue;
                        await batch.CheckpointAsync(batch[i], stopping);
                        written.SetResult();
                    }

                    // From here on nothing returns: as if the process had died with the batch in its hands.
                    if (written.Task.IsCompleted)
                        await new TaskCompletionSource().Task.WaitAsync(stopping);
                },
                options =>
                {
                    options.Checkpoint.Mode = CheckpointMode.Manual;
                    options.Processing.Concurrency = concurrency;
                });
            rig.Clock.RunUntil(() => written.Task.IsCompleted, TimeSpan.FromMinutes(2));
            var checkpoint = (await rig.LeaseAsync()).Checkpoint;
            rig.Stop(first);
            Assert.Equal(checkpoint, (await rig.LeaseAsync()).Checkpoint);
            var second = new Ledger();
            rig.Start(_ => new Recorder(second, "worker-2"), worker: "worker-2");
            rig.Clock.RunFor(TimeSpan.FromMinutes(2));

            var all = Enumerable.Range(0, Records).ToList();
            var rest = second.Entries.Select(entry => int.Parse(entry.Value)).ToList();
            Assert.Equal(all.Where(value => PositionOf(rig, value) > checkpoint), rest);
        }
    }

    /// <summary>A checkpoint inside an aggregate, and the connection breaks before anything was read: KCL then skips the rest of the aggregate (kcl.md §5.5).</summary>
    [Fact]
    public async Task A_failed_first_read_does_not_skip_the_rest_of_an_aggregate()
    {
        FlakyKinesis? flaky = null;
        await using var rig = new ConsumerRig(wrap: local => flaky = new FlakyKinesis(local));
        await rig.PutAggregateAsync(("a", "0"), ("a", "1"), ("a", "2"));
        var position = default(ExtendedSequenceNumber);
        var first = rig.Start(async (batch, stopping) =>
        {
            position = batch[1].Position;
            await batch.CheckpointAsync(batch[1], stopping);
            await new TaskCompletionSource().Task.WaitAsync(stopping);
        });
        rig.Clock.RunUntil(() => position != default, TimeSpan.FromMinutes(1));
        rig.Stop(first);
        Assert.Equal(position, (await rig.LeaseAsync()).Checkpoint);

        flaky!.FailNextReads(3, Core.Service.KinesisErrorKind.ExpiredIterator);
        flaky.FailNextReads(2, Core.Service.KinesisErrorKind.Connection);
        rig.Start(worker: "worker-2");
        rig.RunUntilHandled(1);
        rig.Clock.RunFor(TimeSpan.FromSeconds(20));

        Assert.Equal(["2"], rig.Ledger.Entries.Select(entry => entry.Value));
    }

    private static async Task PutAsync(ConsumerRig rig)
    {
        await rig.PutAsync("a", "0");
        await rig.PutAggregateAsync(("b", "1"), ("a", "2"), ("c", "3"));
        await rig.PutAsync("c", "4");
        await rig.PutAggregateAsync(("a", "5"));
        await rig.PutAggregateAsync(("a", "6"), ("a", "7"), ("b", "8"), ("d", "9"), ("d", "10"), ("a", "11"));
        await rig.PutAsync("d", "12");
        await rig.PutAsync("a", "13");
    }

    private static ExtendedSequenceNumber PositionOf(ConsumerRig rig, int value)
    {
        (int Outer, int Place)[] places = [(0, 0), (1, 0), (1, 1), (1, 2), (2, 0), (3, 0), (4, 0), (4, 1), (4, 2), (4, 3), (4, 4), (4, 5), (5, 0), (6, 0)];
        return new(rig.SequenceNumbers[places[value].Outer], places[value].Place);
    }
}
