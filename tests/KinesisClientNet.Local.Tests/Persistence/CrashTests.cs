using CsCheck;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Persistence;
using KinesisClientNet.Local.Tests.Invariants;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Local.Tests.Persistence;

/// <summary>Files as a killed process, a failing disk or another version leaves them.</summary>
public sealed class CrashTests
{
    /// <summary>Several entries: a put of many records, a reshard or a consumer.</summary>
    private const int TailBytes = 300;

    /// <summary>Kills at every byte of the tail, and at many before it: whatever was answered before is there, in order, and nothing that was never put.</summary>
    [Fact]
    public Task Killed_at_any_byte_of_the_log_nothing_that_was_answered_is_lost() => StreamHistory.Histories.SampleAsync(
        async history =>
        {
            using var directory = new TemporaryDirectory();
            var past = new StreamHistory(1 + (history.Shards % 3), new() { DataDirectory = directory.Path });
            var answered = new List<(long Length, int Records, int Shards)>();
            Note();
            foreach (var deed in history.Deeds.Take(12).Where(static deed => deed.Kind != DeedKind.LongWait))
            {
                await past.DoAsync(deed);
                Note();
            }

            past.Local.Kinesis.Close();
            var log = directory.Log;
            var whole = new FileInfo(log).Length;
            for (var length = whole; length >= 0; length--)
            {
                if (length < whole - TailBytes && length % 29 != 0)
                    continue;
                using (var file = File.OpenHandle(log, access: FileAccess.ReadWrite))
                    RandomAccess.SetLength(file, length);
                var account = new RestoredAccount();
                new EntryLogReader(log, mayBeCut: true).ReadAll((payload, _) => account.Apply(payload));
                var kinesis = new LocalKinesis(past.Local.Clock);
                kinesis.Streams.Restore(account);
                CheckHolds(kinesis, past, answered.LastOrDefault(state => state.Length <= length));
            }

            void Note() => answered.Add((new FileInfo(directory.Log).Length, past.Acknowledged.Count, past.Local.Stream.ListShards().Count));
        },
        iter: 3,
        threads: 1);

    [Fact]
    public Task After_a_kill_and_a_restart_the_service_goes_on_and_restarts_again() => Gen.Select(StreamHistory.Histories, Gen.Double[0, 1]).SampleAsync(
        async (history, part) =>
        {
            using var directory = new TemporaryDirectory();
            var past = new StreamHistory(history.Shards, new() { DataDirectory = directory.Path });
            await past.DoAllAsync(history.Deeds);
            past.Local.Kinesis.Close();
            var log = directory.Log;
            await using (var file = File.OpenWrite(log))
                file.SetLength((long)(file.Length * part));

            var kinesis = new LocalKinesis(past.Local.Clock, new() { DataDirectory = directory.Path }).EnsureStream("orders", 1);
            await kinesis.Stream("orders").PutAsync("key", LocalFixture.Bytes("after"));
            var before = Dump.Of(kinesis);
            kinesis.Close();
            var again = new LocalKinesis(past.Local.Clock, new() { DataDirectory = directory.Path });

            Assert.Equal(before, Dump.Of(again));
            again.Close();
        },
        iter: 60,
        threads: 1);

    [Fact]
    public async Task Unfinished_entry_is_cut_off_and_logged_with_file_and_offset()
    {
        using var directory = new TemporaryDirectory();
        var whole = await WriteAsync(directory, records: 3);
        using var log = new KeptLog();
        await File.WriteAllBytesAsync(directory.Log, whole.AsMemory(0, whole.Length - 1), LocalFixture.Token);

        var kinesis = new LocalKinesis(options: new() { DataDirectory = directory.Path, LoggerFactory = log });

        Assert.Equal(2, kinesis.Stream("orders").Records().Count);
        Assert.Contains(log.Lines, line => line.StartsWith("Warning: " + directory.Log + " ends with an entry that is not whole, from offset ", StringComparison.Ordinal));
        Assert.Contains(log.Lines, static line => line.StartsWith("Information: Local Kinesis read 1 streams with 2 records back", StringComparison.Ordinal));
        kinesis.Close();
    }

    [Fact]
    public async Task Zeros_at_the_end_as_after_a_power_failure_are_cut_off()
    {
        using var directory = new TemporaryDirectory();
        var whole = await WriteAsync(directory, records: 3);
        await File.WriteAllBytesAsync(directory.Log, (byte[])[.. whole, .. new byte[100_000]], LocalFixture.Token);

        var kinesis = new LocalKinesis(options: new() { DataDirectory = directory.Path });

        Assert.Equal(3, kinesis.Stream("orders").Records().Count);
        kinesis.Close();
        Assert.Equal(whole.Length, new FileInfo(directory.Log).Length);
    }

    /// <summary>Every byte, a random bit of it: damage is never taken for data, and never for the end.</summary>
    [Fact]
    public async Task Flipped_bit_anywhere_is_refused_with_file_and_offset()
    {
        using var directory = new TemporaryDirectory();
        var whole = await WriteAsync(directory, records: 3);
        var bits = new Random(7);
        for (var at = 0; at < whole.Length; at++)
        {
            var broken = (byte[])whole.Clone();
            broken[at] ^= (byte)(1 << bits.Next(8));
            await File.WriteAllBytesAsync(directory.Log, broken, LocalFixture.Token);

            var error = Assert.Throws<InvalidDataException>(() => new LocalKinesis(options: new() { DataDirectory = directory.Path }));

            Assert.Contains(directory.Log, error.Message, StringComparison.Ordinal);
            if (at >= 8)
                Assert.Contains("is damaged at offset ", error.Message, StringComparison.Ordinal);
        }

        await File.WriteAllBytesAsync(directory.Log, whole, LocalFixture.Token);
        new LocalKinesis(options: new() { DataDirectory = directory.Path }).Close(); // and the directory was let go each time
    }

    [Fact]
    public async Task Other_format_version_is_refused_with_both_versions()
    {
        using var directory = new TemporaryDirectory();
        var whole = await WriteAsync(directory, records: 1);
        whole[8] = 2;
        BitConverter.TryWriteBytes(whole.AsSpan(12), System.IO.Hashing.Crc32.HashToUInt32(whole.AsSpan(0, 12)));
        await File.WriteAllBytesAsync(directory.Log, whole, LocalFixture.Token);

        var error = Assert.Throws<InvalidDataException>(() => new LocalKinesis(options: new() { DataDirectory = directory.Path }));

        Assert.Contains("has format version 2; this LocalKinesis reads version 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_log_is_named()
    {
        using var directory = new TemporaryDirectory();
        await WriteAsync(directory, records: 1);
        File.Move(directory.Log, directory.Log.Replace("01.log", "02.log", StringComparison.Ordinal));

        var error = Assert.Throws<InvalidDataException>(() => new LocalKinesis(options: new() { DataDirectory = directory.Path }));

        Assert.Contains("00000001.log is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Payload_that_this_version_does_not_write_is_refused()
    {
        var account = new RestoredAccount();

        Assert.Throws<InvalidDataException>(() => account.Apply([]));
        Assert.Throws<InvalidDataException>(() => account.Apply([99]));
        Assert.Throws<InvalidDataException>(() => account.Apply([(byte)EntryKind.Record, 1, 2, 3]));
        Assert.Throws<InvalidDataException>(() => account.Apply([(byte)EntryKind.Account, .. "null"u8]));
        Assert.Throws<InvalidDataException>(() => account.Apply([(byte)EntryKind.Record, .. new byte[29], 255, 0, 0, 0]));
    }

    /// <summary>The records are the first so many that were put, at least those that were answered; the shards tile.</summary>
    private static void CheckHolds(LocalKinesis kinesis, StreamHistory past, (long Length, int Records, int Shards) answered)
    {
        if (kinesis.Streams.TryFind(new("orders")) is not { } stream)
        {
            Assert.Equal(0, answered.Length);
            return;
        }

        var shards = stream.ListShards();
        Assert.Empty(ShardMap.Create([.. shards]).Problems);
        Assert.True(shards.Count >= answered.Shards);
        var held = stream.Records().Select(static record => record.SequenceNumber).ToHashSet();
        Assert.All(past.Acknowledged.Take(answered.Records), record => Assert.Contains(record.Number, held));
        Assert.Equal(held.Count, past.Acknowledged.TakeWhile(record => held.Contains(record.Number)).Count());
    }

    private static async Task<byte[]> WriteAsync(TemporaryDirectory directory, int records)
    {
        var kinesis = new LocalKinesis(options: new() { DataDirectory = directory.Path }).AddStream("orders", shards: 1);
        for (var i = 0; i < records; i++)
            await kinesis.Stream("orders").PutAsync("key", LocalFixture.Bytes($"record {i}"));
        kinesis.Close();
        return await File.ReadAllBytesAsync(directory.Log, LocalFixture.Token);
    }

    private sealed class KeptLog : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{logLevel}: {formatter(state, exception)}");
    }
}
