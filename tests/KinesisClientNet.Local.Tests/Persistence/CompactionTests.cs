using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Tests.Invariants;
using Microsoft.Extensions.Time.Testing;
using CsCheck;

namespace KinesisClientNet.Local.Tests.Persistence;

public sealed class CompactionTests
{
    [Fact]
    public Task State_is_the_same_after_a_restart_however_often_it_was_compacted() => Gen.Select(StreamHistory.Histories, Gen.Long[0, 2000]).SampleAsync(
        async (history, compactAtBytes) =>
        {
            using var directory = new TemporaryDirectory();
            var options = new LocalKinesisOptions { DataDirectory = directory.Path, CompactAtBytes = compactAtBytes, SequenceGaps = true };
            var past = new StreamHistory(history.Shards, options);
            await past.DoAllAsync(history.Deeds);
            var before = Dump.Of(past.Local.Kinesis);
            past.Local.Kinesis.Close();

            var again = new LocalKinesis(past.Local.Clock, options);

            Assert.Equal(before, Dump.Of(again));
            again.Close();
        },
        iter: 100,
        threads: 1);

    [Fact]
    public async Task Directory_stays_within_twice_what_is_retained_and_the_bound()
    {
        using var directory = new TemporaryDirectory();
        var clock = new FakeTimeProvider(LocalFixture.Start);
        var kinesis = new LocalKinesis(clock, new() { DataDirectory = directory.Path, CompactAtBytes = 50_000 }).AddStream("orders", shards: 2);
        long written = 0, most = 0;
        for (var i = 0; i < 2_000; i++)
        {
            await kinesis.Stream("orders").PutAsync($"key-{i}", new byte[500]); // 24 h hold 240 of them, about 140 KB
            written += 500;
            most = Math.Max(most, directory.Bytes);
            clock.Advance(TimeSpan.FromMinutes(6));
        }

        Assert.True(written > 900_000 && most < 400_000, $"{written} bytes written, {most} on disk at most");
        Assert.InRange(kinesis.Stream("orders").Records().Count, 239, 241);
        Assert.Equal(3, directory.Names.Length); // lock, snapshot, log
        kinesis.Close();
    }

    [Fact]
    public async Task Changes_without_records_are_compacted_too()
    {
        using var directory = new TemporaryDirectory();
        var kinesis = new LocalKinesis(options: new() { DataDirectory = directory.Path, CompactAtBytes = 10_000 }).AddStream("orders", shards: 1);
        for (var i = 0; i < 300; i++)
        {
            var consumer = await kinesis.RegisterStreamConsumerAsync(kinesis.Stream("orders").Arn, $"consumer-{i}", LocalFixture.Token);
            await kinesis.DeregisterStreamConsumerAsync(consumer.ConsumerArn, LocalFixture.Token);
        }

        Assert.True(directory.Bytes < 30_000, $"{directory.Bytes} bytes");
        kinesis.Close();
    }

    /// <summary>The states in which a compaction can be interrupted: the next log is begun; the snapshot is half written; the old files are still there.</summary>
    [Fact]
    public async Task Interrupted_compaction_loses_and_repeats_nothing()
    {
        using var directory = new TemporaryDirectory();
        var options = new LocalKinesisOptions { DataDirectory = directory.Path };
        var clock = new FakeTimeProvider(LocalFixture.Start);
        var kinesis = new LocalKinesis(clock, options).AddStream("orders", shards: 1);
        await PutAsync(kinesis, 10);
        kinesis.Close();
        using var old = directory.Copy();
        kinesis = new(clock, new() { DataDirectory = directory.Path, CompactAtBytes = 0 });
        await PutAsync(kinesis, 1);
        kinesis.Stream("orders").Split("shardId-000000000000");
        kinesis.Close();
        kinesis = new(clock, options);
        await PutAsync(kinesis, 5);
        var expected = Dump.Of(kinesis);
        kinesis.Close();
        Assert.Equal(["00000002.log", "00000002.snapshot", "lock"], directory.Names);

        using var beforeDeletion = directory.Copy();
        File.Copy(old.Log, Path.Combine(beforeDeletion.Path, "00000001.log"));
        Assert.Equal(expected, DumpOf(beforeDeletion));
        Assert.Equal(["00000002.log", "00000002.snapshot", "lock"], beforeDeletion.Names);

        using var halfWritten = directory.Copy();
        var snapshot = Path.Combine(halfWritten.Path, "00000002.snapshot");
        File.WriteAllBytes(snapshot + ".unfinished", File.ReadAllBytes(snapshot)[..40]);
        Assert.Equal(expected, DumpOf(halfWritten));
        Assert.Equal(["00000002.log", "00000002.snapshot", "lock"], halfWritten.Names);

        string DumpOf(TemporaryDirectory copy)
        {
            var again = new LocalKinesis(clock, new() { DataDirectory = copy.Path });
            var dump = Dump.Of(again);
            again.Close();
            return dump;
        }
    }

    /// <summary>A log and the one after it without a snapshot between them: as killed between the begin of a log and its snapshot.</summary>
    [Fact]
    public async Task Logs_without_the_snapshot_between_them_are_read_one_after_the_other()
    {
        using var directory = new TemporaryDirectory();
        var clock = new FakeTimeProvider(LocalFixture.Start);
        var kinesis = new LocalKinesis(clock, new() { DataDirectory = directory.Path }).AddStream("orders", shards: 1);
        await PutAsync(kinesis, 3);
        kinesis.Close();
        var first = File.ReadAllBytes(directory.Log);
        kinesis = new(clock, new() { DataDirectory = directory.Path });
        kinesis.Stream("orders").Split("shardId-000000000000");
        await PutAsync(kinesis, 3);
        var expected = Dump.Of(kinesis);
        kinesis.Close();

        // The second half of the log, once as a log of its own, and once as one that overlaps with the first.
        var both = File.ReadAllBytes(directory.Log);
        File.WriteAllBytes(directory.Log, first);
        var next = Path.Combine(directory.Path, "00000002.log");
        foreach (var second in new[] { (byte[])[.. both.AsSpan(0, 16), .. both.AsSpan(first.Length)], both })
        {
            File.WriteAllBytes(next, second);
            var again = new LocalKinesis(clock, new() { DataDirectory = directory.Path });
            Assert.Equal(expected, Dump.Of(again));
            again.Close();
        }
    }

    [Fact]
    public async Task Puts_go_on_while_a_snapshot_is_written_and_none_is_lost()
    {
        using var directory = new TemporaryDirectory();
        var options = new LocalKinesisOptions { DataDirectory = directory.Path, CompactAtBytes = 20_000 };
        var kinesis = new LocalKinesis(options: options).AddStream("orders", shards: 4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
                await kinesis.PutRecordsAsync(new(new("orders"), Entries(writer, i)), LocalFixture.Token);
        })));
        var before = Dump.Of(kinesis);
        kinesis.Close();

        var again = new LocalKinesis(options: options);

        Assert.Equal(4 * 200 * 5, again.Stream("orders").Records().Count);
        Assert.Equal(before, Dump.Of(again));
        again.Close();
    }

    private static PutRecordsEntry[] Entries(int writer, int call) =>
        [.. Enumerable.Range(0, 5).Select(i => new PutRecordsEntry(LocalFixture.Bytes($"{writer} {call} {i}"), $"key-{writer}-{call}-{i}"))];

    private static async Task PutAsync(LocalKinesis kinesis, int records)
    {
        for (var i = 0; i < records; i++)
            await kinesis.Stream("orders").PutAsync("key", LocalFixture.Bytes($"record {i}"));
    }
}
