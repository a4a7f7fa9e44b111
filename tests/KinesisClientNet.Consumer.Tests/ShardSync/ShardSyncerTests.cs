using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.ShardSync;

/// <summary>The leader keeps the table in step with the stream.</summary>
public sealed class ShardSyncerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Story", "R3")]
    public async Task A_stream_of_2500_shards_gets_all_its_leases(bool knowsFilters)
    {
        await using var fleet = new TestFleet();
        fleet.Api.KnowsFilters = knowsFilters;
        fleet.Api.Create(2500);

        fleet.Start("a");

        Assert.Equal(2500, fleet.Held("a"));
    }

    [Fact]
    public async Task Only_the_leader_lists_shards_at_first_and_then_every_minute()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(4);
        fleet.Start("a");
        fleet.Start("b");
        await fleet.AdvanceWithHandoversAsync(600);

        Assert.InRange(fleet.Api.ListCalls, 8, 11);
    }

    [Fact]
    public async Task A_stream_that_starts_at_latest_gets_leases_for_its_open_shards_only()
    {
        await using var fleet = new TestFleet { StartFrom = StartingPosition.Latest };
        fleet.Api.KnowsFilters = false;
        fleet.Api.Create(2);
        var children = fleet.Api.Split(fleet.Api.All[0].ShardId);

        fleet.Start("a");

        Assert.Equal([fleet.Api.All[1].ShardId, .. children], (await fleet.TableAsync()).Leases.Select(lease => lease.ShardId));
        Assert.All((await fleet.TableAsync()).Leases, lease => Assert.Equal(ExtendedSequenceNumber.Latest, lease.Checkpoint));
    }

    [Fact]
    [Trait("Story", "D4")]
    public async Task A_listing_that_fails_is_tried_again_and_does_not_end_the_worker()
    {
        await using var fleet = new TestFleet();
        fleet.Api.Create(2);
        fleet.Api.Failure = new KinesisApiException(KinesisErrorKind.Throttled, "LimitExceededException", "Slow down.");
        fleet.Start("a");
        fleet.Advance(30);
        Assert.Equal(0, fleet.Held("a"));

        fleet.Api.Failure = null;
        fleet.Advance(11);

        Assert.Equal(2, fleet.Held("a"));
    }
}
