using KinesisClientNet.Consumer.Tests.Support;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Tests.Processing;

/// <summary>The log of a shard whose handler fails: told at once, never a flood.</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class FailureReportTests
{
    private const int HandlerFailed = 3013;
    private const int RecordGivenUp = 3014;
    private const int FailuresContinue = 3027;

    [Fact]
    public async Task Many_parked_keys_are_one_line_a_minute()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(60, keys: 60);
        var failures = 0;
        rig.Start(
            (_, _) =>
            {
                Interlocked.Increment(ref failures);
                throw new IOException("away");
            },
            options => (options.Processing.Concurrency, options.Processing.MaxBatchRecords, options.Failure.MaxBackoff) = (50, 1, TimeSpan.FromSeconds(5)));

        rig.Clock.RunUntil(() => failures > 0, TimeSpan.FromMinutes(1));
        rig.Clock.RunFor(TimeSpan.FromMinutes(4));

        Assert.True(failures > 2_000, $"{failures}");
        Assert.Equal(1, rig.Log.CountOf(HandlerFailed));
        Assert.InRange(rig.Log.CountOf(FailuresContinue), 3, 4);
        Assert.InRange(rig.Log.Entries.Count(entry => entry.Level >= LogLevel.Warning), 4, 6);
        var summary = rig.Log.Entries.First(entry => entry.Id == FailuresContinue);
        Assert.Contains("shardId-000000000000", summary.Text, StringComparison.Ordinal);
        Assert.IsType<IOException>(summary.Error);
    }

    [Fact]
    public async Task The_counts_of_the_summaries_and_the_first_line_are_all_failures()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(1);
        var failures = 0;
        var consumer = rig.Start((_, _) =>
        {
            failures++;
            throw new IOException("away");
        });
        rig.Clock.RunFor(TimeSpan.FromMinutes(30));
        rig.Stop(consumer);

        var told = rig.Log.Entries.Where(entry => entry.Id == FailuresContinue)
            .Sum(entry => int.Parse(entry.Text.Split("failed ")[1].Split(' ')[0]));

        Assert.Equal(failures, told + rig.Log.CountOf(HandlerFailed));
    }

    [Fact]
    public async Task A_failure_after_a_quiet_minute_is_told_at_once_again()
    {
        await using var rig = new ConsumerRig();
        var fails = true;
        rig.Start((_, _) =>
        {
            if (!fails)
                return default;
            fails = false;
            throw new IOException("once");
        });
        for (var i = 0; i < 4; i++)
        {
            fails = true;
            await rig.PutAsync(1, from: i);
            rig.RunUntilHandled(i + 1);
            rig.Clock.RunFor(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(4, rig.Log.CountOf(HandlerFailed));
        Assert.Equal(0, rig.Log.CountOf(FailuresContinue));
    }

    [Fact]
    public async Task Thousands_of_dead_letters_are_one_line_and_summaries()
    {
        await using var rig = new ConsumerRig();
        for (var i = 0; i < 1_500; i++)
            await rig.PutAsync($"key-{i % 20}", "poison");
        var letters = new List<DeadLetter>();
        rig.Start(
            IShardProcessor.ForMessages(new Numbers(), (_, _, _) => default),
            options => options.Failure = new() { UnreadableAction = FailureAction.DeadLetter, DeadLetters = new Letters(letters) });
        rig.Clock.RunUntil(() => letters.Count == 1_500, TimeSpan.FromMinutes(5));
        rig.Clock.RunFor(TimeSpan.FromMinutes(2));

        Assert.Equal(1, rig.Log.CountOf(RecordGivenUp));
        Assert.InRange(rig.Log.Entries.Count(entry => entry.Level >= LogLevel.Warning), 2, 4);
    }

    [Fact]
    public async Task Neither_log_nor_status_shows_a_payload_or_a_key()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync("SECRET-KEY", "SECRET-PAYLOAD");
        var statuses = new List<string>();
        var consumer = rig.Start(
            (_, _) => throw new IOException("away"),
            options => options.Failure = new() { Action = FailureAction.DeadLetter, MaxAttempts = 3, DeadLetters = new Letters([]) { Failures = 5 } });
        for (var i = 0; i < 40; i++)
        {
            rig.Clock.RunFor(TimeSpan.FromMilliseconds(500));
            statuses.AddRange(consumer.Shards.Select(shard => shard.ToString()));
        }

        Assert.NotEmpty(rig.Log.Entries);
        Assert.All(rig.Log.Entries.Select(entry => entry.Text + entry.Error).Concat(statuses), text => Assert.DoesNotContain("SECRET", text, StringComparison.Ordinal));
    }
}
