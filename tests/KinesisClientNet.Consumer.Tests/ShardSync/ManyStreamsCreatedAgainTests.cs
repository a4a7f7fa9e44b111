using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.ShardSync;

/// <summary>
/// With many streams the creation time in the lease keys tells a stream from a deleted one of the same name. KCL takes any time from the application; then the keys do not tell, and the leases must
/// neither be thrown away nor doubled.
/// </summary>
[Collection(VirtualTimeCollection.Name)]
[Trait("Story", "R4")]
public sealed class ManyStreamsCreatedAgainTests
{
    private const long GivenEpoch = 1;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_came_into_a_stream_that_was_created_again_while_nobody_ran_is_read_though_the_newest_records_were_wanted()
    {
        await using var rig = new StreamsRig("a", "b");
        var first = rig.Start("w1", Newest);
        rig.Clock.RunFor(TimeSpan.FromSeconds(30));
        await rig.PutAsync("b", 5);
        rig.RunUntilHandled(5);
        rig.Stop(first);
        await CreateAgainAsync(rig);
        await rig.PutAsync("b", 5, from: 5);

        rig.Start("w2", Newest);
        rig.RunUntilHandled(10);
        rig.Clock.RunFor(TimeSpan.FromMinutes(5));

        Assert.Equal(10, rig.Handled.Count);
        Assert.Equal(2, (await rig.Leases.ReadTableAsync(Token)).Leases.Select(lease => lease.StreamId).Distinct().Count());

        static void Newest(KinesisConsumerOptions options)
        {
            options.StartFrom = StartingPositionType.Latest;
            options.Streams.Add(new() { StreamName = "a" });
            options.Streams.Add(new() { StreamName = "b" });
        }
    }

    [Fact]
    public async Task A_running_application_with_a_given_creation_time_reads_the_new_stream_within_two_and_a_half_minutes()
    {
        await using var rig = new StreamsRig("a", "b");
        rig.Start("w1", Given);
        await rig.PutAsync("b", 5);
        rig.RunUntilHandled(5);
        rig.Clock.RunFor(TimeSpan.FromMinutes(10));

        await CreateAgainAsync(rig);
        await rig.PutAsync("b", 5, from: 5);
        var created = rig.Clock.Elapsed;
        rig.RunUntilHandled(10);

        Assert.InRange((rig.Clock.Elapsed - created).TotalSeconds, 0, 150);
        Assert.Contains(rig.Log.Entries, line => line.Id == 3531);
        Assert.All(await KeysAsync(rig, "b"), key => Assert.Contains($":b:{GivenEpoch}:", key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Progress_under_a_creation_time_that_KCL_was_given_is_kept_when_it_is_listed()
    {
        await using var rig = new StreamsRig("a", "b");
        var first = rig.Start("w1", Given);
        await rig.PutAsync("b", 5);
        rig.RunUntilHandled(5);
        rig.Stop(first);

        rig.Start("w2", Given);
        await rig.PutAsync("b", 5, from: 5);
        rig.RunUntilHandled(10);
        rig.Clock.RunFor(TimeSpan.FromMinutes(10));

        Assert.Equal(10, rig.Handled.Count);
        Assert.Equal(2, (await KeysAsync(rig, "b")).Count);
    }

    [Fact]
    public async Task Progress_under_a_creation_time_that_KCL_was_given_is_kept_when_it_is_not_listed_and_the_log_says_what_to_set()
    {
        await using var rig = new StreamsRig("a", "b");
        var first = rig.Start("w1", Given);
        await rig.PutAsync("b", 5);
        rig.RunUntilHandled(5);
        rig.Stop(first);

        rig.Start("w2", options =>
        {
            options.Leases.FormerStreamGrace = TimeSpan.FromMinutes(2);
            options.Streams.Add(new() { StreamName = "a" });
            options.Streams.Add(new() { StreamName = "b" });
        });
        await rig.PutAsync("b", 5, from: 5);
        rig.RunUntilHandled(10);
        rig.Clock.RunFor(TimeSpan.FromMinutes(10));
        await rig.PutAsync("b", 5, from: 10);
        rig.RunUntilHandled(15);

        Assert.Equal(15, rig.Handled.Count);
        Assert.All(await KeysAsync(rig, "b"), key => Assert.Contains($":b:{GivenEpoch}:", key, StringComparison.Ordinal));
        Assert.Contains("Set CreationEpoch", Assert.Single(rig.Log.Entries, line => line.Id == 3546).Text, StringComparison.Ordinal);
    }

    private static void Given(KinesisConsumerOptions options)
    {
        options.Streams.Add(new() { StreamName = "a" });
        options.Streams.Add(new() { StreamName = "b", CreationEpoch = GivenEpoch });
    }

    private static async Task CreateAgainAsync(StreamsRig rig)
    {
        await rig.Local.DeleteStreamAsync(new("b"), cancellationToken: Token);
        rig.Clock.RunFor(TimeSpan.FromMinutes(2));
        await rig.Local.CreateStreamAsync("b", 2, cancellationToken: Token);
        rig.Clock.RunFor(TimeSpan.FromSeconds(20));
    }

    private static async Task<IReadOnlyList<string>> KeysAsync(StreamsRig rig, string stream) =>
        [.. (await rig.Leases.ReadTableAsync(Token)).Leases.Select(lease => lease.LeaseKey).Where(key => key.Contains($":{stream}:", StringComparison.Ordinal))];
}
