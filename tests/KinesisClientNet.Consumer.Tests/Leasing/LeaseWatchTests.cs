using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>When an observer may call a lease expired (KCL reference, bookkeeping of the last increment).</summary>
public sealed class LeaseWatchTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);
    private static readonly DateTimeOffset Wall = DateTimeOffset.UnixEpoch;

    private static Lease Row(string? owner, long counter = 1, string? checkpointOwner = null) => new()
    {
        LeaseKey = "s", ShardId = "s", Checkpoint = ExtendedSequenceNumber.Latest, Owner = owner, CheckpointOwner = checkpointOwner, Counter = counter,
    };

    private static LeaseWatch See(LeaseWatch watch, Lease row, double at) => watch.Observe(new([row], []), TimeSpan.FromSeconds(at), Wall);

    private static bool IsExpired(LeaseWatch watch, Lease row, double at) => watch.IsExpired(row, TimeSpan.FromSeconds(at), Duration);

    [Fact]
    public void An_owned_lease_seen_for_the_first_time_is_not_expired()
    {
        var watch = See(LeaseWatch.Empty, Row("a"), at: 100);

        Assert.False(IsExpired(watch, Row("a"), at: 110));
        Assert.True(IsExpired(watch, Row("a"), at: 110.1));
    }

    [Fact]
    public void A_counter_that_moved_starts_the_clock_again()
    {
        var watch = See(See(LeaseWatch.Empty, Row("a", 1), at: 0), Row("a", 2), at: 9);

        Assert.False(IsExpired(watch, Row("a", 2), at: 19));
        Assert.True(IsExpired(watch, Row("a", 2), at: 19.1));
    }

    [Fact]
    public void A_counter_that_stood_still_keeps_its_time_however_often_it_is_looked_at()
    {
        var watch = LeaseWatch.Empty;
        for (var at = 0; at <= 10; at++)
            watch = See(watch, Row("a"), at);

        Assert.True(IsExpired(watch, Row("a"), at: 10.1));
    }

    [Fact]
    public void The_next_expiry_is_that_of_the_lease_that_has_stood_still_for_longest()
    {
        Lease Named(string key, string? owner, long counter = 1) => Row(owner, counter) with { LeaseKey = key };
        var table = new LeaseTable([Named("still", "a"), Named("free", null), Named("moving", "b")], []);
        var later = table with { Leases = [Named("still", "a"), Named("free", null), Named("moving", "b", 2)] };
        var watch = LeaseWatch.Empty.Observe(table, TimeSpan.FromSeconds(4), Wall).Observe(later, TimeSpan.FromSeconds(9), Wall);

        Assert.Equal(TimeSpan.FromSeconds(14), watch.NextExpiry(later, TimeSpan.FromSeconds(9), Duration));
        Assert.Equal(TimeSpan.FromSeconds(19), watch.NextExpiry(later, TimeSpan.FromSeconds(14.1), Duration));
        Assert.Null(watch.NextExpiry(later, TimeSpan.FromSeconds(19.1), Duration));
    }

    [Fact]
    public void The_next_expiry_waits_for_a_heartbeat_that_has_stood_still()
    {
        static WorkerHeartbeat Beat(string worker, long counter) => new(worker, "session", counter);
        var first = new LeaseTable([Row("a") with { LeaseKey = "1" }, Row("b") with { LeaseKey = "2" }], []) { Heartbeats = [Beat("a", 1), Beat("b", 1)] };
        var second = first with { Heartbeats = [Beat("a", 2), Beat("b", 2)] };
        var third = first with { Heartbeats = [Beat("a", 2), Beat("b", 3)] };
        var watch = LeaseWatch.Empty.Observe(first, TimeSpan.Zero, Wall).Observe(second, TimeSpan.FromSeconds(4), Wall).Observe(third, TimeSpan.FromSeconds(9), Wall);

        Assert.Equal(TimeSpan.FromSeconds(14), watch.NextExpiry(third, TimeSpan.FromSeconds(9), Duration));
        Assert.Null(watch.Observe(third with { Heartbeats = [Beat("a", 3), Beat("b", 4)] }, TimeSpan.FromSeconds(12), Wall).NextExpiry(third, TimeSpan.FromSeconds(12), Duration));
    }

    [Fact]
    public void A_lease_without_owner_is_never_expired_but_its_clock_starts_when_it_gets_one()
    {
        var watch = See(LeaseWatch.Empty, Row(null), at: 0);
        Assert.False(IsExpired(watch, Row(null), at: 100));

        watch = See(watch, Row("a"), at: 100);

        Assert.False(IsExpired(watch, Row("a"), at: 109));
    }

    [Fact]
    public void A_row_that_was_deleted_and_came_back_is_new()
    {
        var watch = See(LeaseWatch.Empty, Row("a"), at: 0).Observe(LeaseTable.Empty, TimeSpan.FromSeconds(5), Wall);

        Assert.False(IsExpired(See(watch, Row("a"), at: 20), Row("a"), at: 20));
    }

    [Fact]
    public void A_hand_over_keeps_its_first_time_until_its_owners_change()
    {
        var watch = See(LeaseWatch.Empty, Row("b", 1, "a"), at: 1);
        watch = See(watch, Row("b", 4, "a"), at: 8);
        Assert.Equal(TimeSpan.FromSeconds(1), watch.HandoverSince(Row("b", 4, "a")));

        watch = See(watch, Row("c", 4, "a"), at: 9);
        Assert.Equal(TimeSpan.FromSeconds(9), watch.HandoverSince(Row("c", 4, "a")));

        watch = See(watch, Row("c", 5), at: 10);
        Assert.Null(watch.HandoverSince(Row("c", 5)));
    }

    [Fact]
    public void An_own_write_starts_the_clock_at_the_write()
    {
        var watch = See(LeaseWatch.Empty, Row("a"), at: 0).Note(Row("b", 2), TimeSpan.FromSeconds(11));

        Assert.False(IsExpired(watch, Row("b", 2), at: 21));
        Assert.True(IsExpired(See(watch, Row("b", 2), at: 20), Row("b", 2), at: 21.1));
    }

    [Fact]
    public void A_report_has_its_wall_clock_age_at_first_and_then_only_what_was_seen_of_it()
    {
        var old = new WorkerReport("a", Wall - TimeSpan.FromSeconds(40));
        var watch = LeaseWatch.Empty.Observe(new([], [old, new("observer", Wall)]), TimeSpan.FromSeconds(100), Wall);
        Assert.Equal(TimeSpan.FromSeconds(60), watch.ReportedAt("a"));

        // A clock that is an hour off does not matter once the report is seen to change.
        watch = watch.Observe(new([], [old with { UpdatedAt = Wall - TimeSpan.FromHours(1) }]), TimeSpan.FromSeconds(110), Wall);
        Assert.Equal(TimeSpan.FromSeconds(110), watch.ReportedAt("a"));

        watch = watch.Observe(new([], [new("b", Wall + TimeSpan.FromHours(1))]), TimeSpan.FromSeconds(120), Wall);
        Assert.Equal((null, TimeSpan.FromSeconds(120)), (watch.ReportedAt("a"), watch.ReportedAt("b")));
    }

    /// <summary>Found by a simulated fleet whose clock jumped between the workers' first reports and the leader's first look: nobody got a lease for 50 s.</summary>
    [Fact]
    public void An_observer_whose_clock_is_ahead_takes_nobody_for_dead_who_reported_as_late_as_the_newest()
    {
        var table = new LeaseTable([], [new("a", Wall), new("b", Wall - TimeSpan.FromSeconds(5)), new("gone", Wall - TimeSpan.FromHours(1))]);

        var watch = LeaseWatch.Empty.Observe(table, TimeSpan.FromHours(2), Wall + TimeSpan.FromMinutes(4));

        Assert.Equal(TimeSpan.FromHours(2), watch.ReportedAt("a"));
        Assert.Equal(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(5), watch.ReportedAt("b"));
        Assert.Equal(TimeSpan.FromHours(1), watch.ReportedAt("gone"));
    }
}
