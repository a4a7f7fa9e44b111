using System.Text;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;

namespace KinesisClientNet.Consumer.Tests.Processing;

/// <summary>Many streams in one application: KCL's lease keys, streams that come and go, nothing lost.</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class MultiStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_streams_are_read_by_one_application_with_KCLs_lease_keys()
    {
        await using var rig = new StreamsRig("orders", "audit");
        rig.Start("w1", "orders", "audit");
        await rig.PutAsync("orders", 20);
        await rig.PutAsync("audit", 20);

        rig.RunUntilHandled(40);

        var table = await rig.Leases.ReadTableAsync(Token);
        Assert.Equal(4, table.Leases.Length);
        Assert.All(table.Leases, lease =>
        {
            Assert.Matches("^[0-9]{12}:(orders|audit):[1-9][0-9]*:shardId-[0-9]{12}$", lease.LeaseKey);
            Assert.Equal($"{lease.StreamId}:{lease.ShardId}", lease.LeaseKey);
        });
        Assert.Equal(["audit", "orders"], rig.Handled.Select(entry => entry.Stream).Distinct().Order());
        Assert.Equal(40, rig.Handled.Select(entry => entry.Value).Distinct().Count());
    }

    [Fact]
    public async Task Each_stream_starts_where_it_is_told_to()
    {
        await using var rig = new StreamsRig("old", "new", "timed");
        foreach (var stream in new[] { "old", "new", "timed" })
            await rig.PutAsync(stream, 5);
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));
        var later = rig.Clock.GetUtcNow();
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));
        foreach (var stream in new[] { "old", "new", "timed" })
            await rig.PutAsync(stream, 5, from: 5);

        rig.Start("w1", options =>
        {
            options.StartFrom = StartingPositionType.TrimHorizon;
            options.Streams.Add(new() { StreamName = "old" });
            options.Streams.Add(new() { StreamName = "new", StartFrom = StartingPositionType.Latest });
            options.Streams.Add(new() { StreamName = "timed", StartFrom = StartingPositionType.AtTimestamp, StartTimestamp = later });
        });
        rig.RunUntilHandled(15);
        await rig.PutAsync("new", 5, from: 10);
        rig.RunUntilHandled(20);

        Assert.Equal(10, rig.Handled.Count(entry => entry.Stream == "old"));
        Assert.Equal(5, rig.Handled.Count(entry => entry.Stream == "timed"));
        Assert.Equal(Enumerable.Range(10, 5).Select(i => $"new-{i}"), rig.Handled.Where(entry => entry.Stream == "new").Select(entry => entry.Value).Order(StringComparer.Ordinal));
    }

    /// <summary>Streams are added and removed under load, by one worker of two: every record of a stream that was not given up is handled.</summary>
    [Fact]
    public async Task Streams_are_added_and_removed_under_load_and_nothing_is_lost()
    {
        await using var rig = new StreamsRig("a", "b", "c", "d");
        var first = rig.Start("w1", "a");
        rig.Start("w2", "a");
        var put = new Dictionary<string, int> { ["a"] = 0, ["b"] = 0, ["c"] = 0, ["d"] = 0 };
        for (var step = 0; step < 60; step++)
        {
            foreach (var stream in put.Keys.ToArray())
            {
                await rig.PutAsync(stream, 3, put[stream]);
                put[stream] += 3;
            }

            var changing = step switch
            {
                5 => first.AddStreamAsync(new() { StreamName = "b" }, Token),
                10 => first.AddStreamAsync(new() { StreamName = "c" }, Token),
                20 => first.AddStreamAsync(new() { StreamName = "d" }, Token),
                _ => Task.CompletedTask,
            };
            if (step == 30)
                Assert.True(first.RemoveStream(new("c")));
            if (step == 40)
                changing = first.AddStreamAsync(new() { StreamName = "c" }, Token);
            rig.Clock.RunUntilDone(changing, TimeSpan.FromMinutes(1));
            rig.Clock.RunFor(TimeSpan.FromSeconds(3));
        }

        rig.RunUntilHandled(put.Values.Sum());

        foreach (var (stream, count) in put)
            Assert.Equal(Enumerable.Range(0, count).Select(i => $"{stream}-{i}").Order(StringComparer.Ordinal), rig.Handled.Where(entry => entry.Stream == stream).Select(entry => entry.Value).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(["a", "b", "c", "d"], first.Streams.Select(stream => stream.Name).Order());
        Assert.Equal(["w1", "w2"], (await rig.Leases.ReadTableAsync(Token)).Leases.Select(lease => lease.Owner).Distinct().Order());
    }

    [Fact]
    public async Task The_leases_of_a_former_stream_are_deleted_after_the_grace_period_and_not_before()
    {
        await using var rig = new StreamsRig("a", "b");
        var consumer = rig.Start("w1", options =>
        {
            options.Streams.Add(new() { StreamName = "a" });
            options.Streams.Add(new() { StreamName = "b" });
            options.Leases.FormerStreamGrace = TimeSpan.FromMinutes(10);
        });
        await rig.PutAsync("b", 5);
        rig.RunUntilHandled(5);

        consumer.RemoveStream(new("b"));
        rig.Clock.RunFor(TimeSpan.FromMinutes(9));
        await rig.PutAsync("b", 5, from: 5);
        rig.RunUntilHandled(10);
        Assert.Equal(4, (await rig.Leases.ReadTableAsync(Token)).Leases.Length);
        rig.Clock.RunFor(TimeSpan.FromMinutes(2));

        Assert.All((await rig.Leases.ReadTableAsync(Token)).Leases, lease => Assert.Contains(":a:", lease.LeaseKey, StringComparison.Ordinal));
        Assert.All(consumer.Shards, shard => Assert.Contains(":a:", shard.LeaseKey, StringComparison.Ordinal));
    }

    /// <summary>In KCL workers with differing lists delete each other's leases (KCL reference §8.5); here a stream that any living worker lists is kept.</summary>
    [Fact]
    public async Task A_stream_that_only_a_follower_lists_is_read_and_never_given_up()
    {
        await using var rig = new StreamsRig("a", "b");
        rig.Start("w1", Quick("a"));
        rig.Clock.RunFor(TimeSpan.FromSeconds(5));
        var follower = rig.Start("w2", Quick("a"));
        rig.Clock.RunFor(TimeSpan.FromSeconds(40));

        rig.Clock.RunUntilDone(follower.AddStreamAsync(new() { StreamName = "b" }, Token), TimeSpan.FromMinutes(1));
        await rig.PutAsync("b", 5);
        rig.RunUntilHandled(5);
        rig.Clock.RunFor(TimeSpan.FromMinutes(20));
        await rig.PutAsync("b", 5, from: 5);
        rig.RunUntilHandled(10);

        Assert.Equal(4, (await rig.Leases.ReadTableAsync(Token)).Leases.Length);

        static Action<KinesisConsumerOptions> Quick(string stream) => options =>
        {
            options.Streams.Add(new() { StreamName = stream });
            options.Leases.FormerStreamGrace = TimeSpan.FromMinutes(2);
        };
    }

    /// <summary>Story R4: the creation time in the key tells the new stream from the old one of the same name.</summary>
    [Fact]
    [Trait("Story", "R4")]
    public async Task A_stream_that_is_deleted_and_created_again_is_read_from_its_beginning()
    {
        await using var rig = new StreamsRig("a", "b");
        rig.Start("w1", "a", "b");
        await rig.PutAsync("b", 5);
        rig.RunUntilHandled(5);

        await rig.Local.DeleteStreamAsync(new("b"), cancellationToken: Token);
        rig.Clock.RunFor(TimeSpan.FromMinutes(2));
        await rig.Local.CreateStreamAsync("b", 2, cancellationToken: Token);
        rig.Clock.RunFor(TimeSpan.FromSeconds(20));
        await rig.PutAsync("b", 5, from: 5);
        rig.RunUntilHandled(10);
        rig.Clock.RunFor(TimeSpan.FromMinutes(5));

        var streams = (await rig.Leases.ReadTableAsync(Token)).Leases.Select(lease => lease.StreamId).Distinct().ToList();
        Assert.Equal(2, streams.Count);
        Assert.Equal(10, rig.Handled.Count(entry => entry.Stream == "b"));
    }

    [Fact]
    public async Task A_stream_that_does_not_exist_yet_is_read_when_it_does_and_does_not_keep_the_others_waiting()
    {
        await using var rig = new StreamsRig("a");
        rig.Start("w1", "a", "late");
        await rig.PutAsync("a", 5);
        rig.RunUntilHandled(5);

        rig.Local.AddStream("late", 1);
        await rig.PutAsync("late", 5);
        rig.RunUntilHandled(10);

        Assert.Equal(5, rig.Handled.Count(entry => entry.Stream == "late"));
    }

    [Fact]
    public async Task What_comes_into_a_stream_that_did_not_exist_yet_is_read_though_the_newest_records_are_wanted()
    {
        await using var rig = new StreamsRig("a");
        rig.Start("w1", options =>
        {
            options.StartFrom = StartingPositionType.Latest;
            options.Streams.Add(new() { StreamName = "a" });
            options.Streams.Add(new() { StreamName = "late" });
        });
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));

        rig.Local.AddStream("late", 1);
        await rig.PutAsync("late", 5);
        rig.RunUntilHandled(5);
    }

    [Fact]
    public async Task Shards_of_the_same_id_are_told_apart()
    {
        await using var rig = new StreamsRig("a", "b");
        var consumer = rig.Start("w1", "a", "b");
        rig.Clock.RunFor(TimeSpan.FromSeconds(30));
        var key = consumer.Shards.Select(shard => shard.LeaseKey).Single(leaseKey => leaseKey.Contains(":b:", StringComparison.Ordinal) && leaseKey.EndsWith('0'));

        consumer.Pause(key);
        await rig.PutAsync("a", 20);
        await rig.PutAsync("b", 20);
        rig.Clock.RunFor(TimeSpan.FromSeconds(30));

        Assert.Equal(ShardReason.Paused, consumer.Explain(key).Reason);
        Assert.Equal(20, rig.Handled.Count(entry => entry.Stream == "a"));
        Assert.InRange(rig.Handled.Count(entry => entry.Stream == "b"), 1, 19);
        consumer.Resume(key);
        rig.RunUntilHandled(40);
    }

    [Fact]
    public async Task A_shard_that_went_away_is_explained_by_its_lease_key_beside_another_of_the_same_id()
    {
        await using var rig = new StreamsRig("a", "b");
        var consumer = rig.Start("w1", options =>
        {
            options.Streams.Add(new() { StreamName = "a" });
            options.Streams.Add(new() { StreamName = "b" });
            options.Leases.FormerStreamGrace = TimeSpan.FromMinutes(1);
        });
        rig.Clock.RunFor(TimeSpan.FromSeconds(30));
        var gone = consumer.Shards.First(shard => shard.LeaseKey.Contains(":b:", StringComparison.Ordinal));

        consumer.RemoveStream(new("b"));
        rig.Clock.RunUntil(() => consumer.Shards.Count == 2, TimeSpan.FromMinutes(5));

        var status = consumer.Explain(gone.LeaseKey);
        Assert.Equal((gone.ShardId, gone.LeaseKey, ShardReason.NoLease), (status.ShardId, status.LeaseKey, status.Reason));
        Assert.DoesNotContain("has not held its lease", status.Detail, StringComparison.Ordinal);
        Assert.Contains(":a:", consumer.Explain(gone.ShardId).LeaseKey, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_application_of_the_other_kind_refuses_the_table_instead_of_reading_everything_anew(bool isMultiFirst)
    {
        await using var rig = new StreamsRig("a");
        var first = rig.Start("w1", isMultiFirst ? Multi : Single);
        rig.Clock.RunFor(TimeSpan.FromSeconds(20));
        rig.Stop(first);

        var second = rig.Start("w2", isMultiFirst ? Single : Multi);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => rig.EndOf(second));

        Assert.Contains("Their keys differ, so it would read everything anew", refusal.Message, StringComparison.Ordinal);

        static void Multi(KinesisConsumerOptions options) => options.Streams.Add(new() { StreamName = "a" });
        static void Single(KinesisConsumerOptions options) => options.StreamName = "a";
    }

    [Fact]
    public void Wrong_streams_are_named_with_their_place()
    {
        var options = new KinesisConsumerOptions { ApplicationName = "billing", StreamName = "one", Streams = { new() { StreamName = "a" }, new() { StartTimestamp = DateTimeOffset.UnixEpoch } } };

        var refusal = Assert.ThrowsAny<ArgumentException>(() => options.CopyChecked());

        Assert.Contains("Streams[1].StreamName", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Streams[1].StartTimestamp", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("list the stream in Streams", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_stream_consumer_takes_no_further_streams()
    {
        await using var rig = new StreamsRig("a");
        var consumer = rig.Start("w1", options => options.StreamName = "a");

        await Assert.ThrowsAsync<InvalidOperationException>(() => consumer.AddStreamAsync(new() { StreamName = "b" }, Token));
        Assert.Throws<InvalidOperationException>(() => consumer.RemoveStream(new("a")));
    }
}
