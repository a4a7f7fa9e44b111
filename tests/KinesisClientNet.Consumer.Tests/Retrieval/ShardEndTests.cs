using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Local;

namespace KinesisClientNet.Consumer.Tests.Retrieval;

/// <summary>Closed shards are read to their end once, whatever the end looks like, and their children follow (demand stories S5 and E5).</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class ShardEndTests
{
    public static TheoryData<RetrievalMode, bool, bool> Ends
    {
        get
        {
            var ends = new TheoryData<RetrievalMode, bool, bool>();
            foreach (var mode in Enum.GetValues<RetrievalMode>())
            {
                foreach (var hasData in new[] { true, false })
                {
                    ends.Add(mode, hasData, false);
                    if (mode == RetrievalMode.Polling)
                        ends.Add(mode, hasData, true);
                }
            }

            return ends;
        }
    }

    [Theory]
    [Trait("Story", "S5")]
    [Trait("Story", "E5")]
    [MemberData(nameof(Ends))]
    public async Task A_shard_that_is_closed_before_it_is_read_ends_once_and_its_children_follow(RetrievalMode mode, bool hasData, bool endsOnEmptyPage)
    {
        await using var rig = new ConsumerRig(options: new LocalKinesisOptions { ShardEndOnEmptyPage = endsOnEmptyPage });
        if (hasData)
            await rig.PutAsync(5);
        var parent = rig.Stream.ShardIds[0];
        rig.Stream.Split(parent);
        await rig.PutAsync(5, from: 5);
        var expected = hasData ? 10 : 5;

        var consumer = rig.Start(change: options => options.Retrieval.Mode = mode);
        rig.RunUntilHandled(expected);
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));
        rig.Stop(consumer);
        rig.Start(change: options => options.Retrieval.Mode = mode, worker: "worker-2");
        rig.Clock.RunFor(TimeSpan.FromMinutes(2));

        Assert.Equal(expected, rig.Ledger.Count);
        Assert.Equal(Enumerable.Range(10 - expected, expected), rig.Ledger.Entries.Select(entry => int.Parse(entry.Value, System.Globalization.CultureInfo.InvariantCulture)).Order());
    }

    [Theory]
    [InlineData(RetrievalMode.Polling)]
    [InlineData(RetrievalMode.EnhancedFanOut)]
    [InlineData(RetrievalMode.Auto)]
    public async Task A_shard_that_is_closed_while_it_is_read_ends_once_and_its_children_follow(RetrievalMode mode)
    {
        await using var rig = new ConsumerRig();
        rig.Start(change: options => options.Retrieval.Mode = mode);
        await rig.PutAsync(5);
        rig.RunUntilHandled(5);

        rig.Stream.Split(rig.Stream.ShardIds[0]);
        await rig.PutAsync(5, from: 5);
        rig.RunUntilHandled(10);
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));

        Assert.Equal(Enumerable.Range(0, 10), rig.Ledger.Entries.Select(entry => int.Parse(entry.Value, System.Globalization.CultureInfo.InvariantCulture)).Order());
    }
}
