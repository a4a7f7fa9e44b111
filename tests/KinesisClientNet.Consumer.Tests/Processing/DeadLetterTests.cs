using System.Text;
using System.Text.Json;
using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;

namespace KinesisClientNet.Consumer.Tests.Processing;

/// <summary>What a dead letter holds in each sink, and the way back.</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class DeadLetterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dead-letters-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_directory_holds_one_document_for_each_letter_with_everything_that_is_known()
    {
        await using var rig = new ConsumerRig();
        await PutPoisonAsync(rig);

        RunWithPoison(rig, IDeadLetterSink.ToDirectory(_folder));

        var letters = await ListAsync(StoredDeadLetter.ReadDirectoryAsync(_folder, TestContext.Current.CancellationToken));
        AssertIsThePoison(rig, Assert.Single(letters));
        Assert.Equal($"shardId-000000000000_{rig.SequenceNumbers[1]}_1.json", Path.GetFileName(letters[0].Source));
        Assert.Empty(Directory.GetFiles(_folder, "*.tmp"));
    }

    [Fact]
    public async Task A_letter_that_comes_again_replaces_its_file()
    {
        var sink = IDeadLetterSink.ToDirectory(_folder);
        await sink.WriteAsync(NewLetter("first"), TestContext.Current.CancellationToken);
        await sink.WriteAsync(NewLetter("second"), TestContext.Current.CancellationToken);

        var letter = Assert.Single(await ListAsync(StoredDeadLetter.ReadDirectoryAsync(_folder, TestContext.Current.CancellationToken)));

        Assert.Equal("second", Encoding.UTF8.GetString(letter.Data!.Value.Span));
    }

    /// <summary>A shard's id comes from the network.</summary>
    [Fact]
    public async Task A_shards_id_cannot_lead_out_of_the_directory()
    {
        var inner = Path.Combine(_folder, "inner");

        await IDeadLetterSink.ToDirectory(inner).WriteAsync(NewLetter("x", shardId: "../../evil"), TestContext.Current.CancellationToken);

        Assert.Single(Directory.GetFiles(inner));
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_file_holds_one_line_for_each_letter()
    {
        await using var rig = new ConsumerRig();
        await PutPoisonAsync(rig);
        var path = Path.Combine(_folder, "new", "letters.jsonl");

        RunWithPoison(rig, IDeadLetterSink.ToFile(path));

        var letters = await ListAsync(StoredDeadLetter.ReadFileAsync(path, cancellationToken: TestContext.Current.CancellationToken));
        AssertIsThePoison(rig, Assert.Single(letters));
        Assert.EndsWith("letters.jsonl, line 1", letters[0].Source, StringComparison.Ordinal);
    }

    /// <summary>Half a line is what a crash in the middle of a write leaves; its record comes again.</summary>
    [Fact]
    public async Task Half_a_line_of_a_crash_does_not_spoil_the_next_one()
    {
        var path = Path.Combine(_folder, "letters.jsonl");
        var sink = IDeadLetterSink.ToFile(path);
        await sink.WriteAsync(NewLetter("first"), TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(path, "{\"stream\":\"ord", TestContext.Current.CancellationToken);
        await sink.WriteAsync(NewLetter("second"), TestContext.Current.CancellationToken);

        var letters = await ListAsync(StoredDeadLetter.ReadFileAsync(path, cancellationToken: TestContext.Current.CancellationToken));
        var error = await Assert.ThrowsAsync<FormatException>(
            () => ListAsync(StoredDeadLetter.ReadFileAsync(path, skipsUnreadable: false, TestContext.Current.CancellationToken)));

        Assert.Equal(["first", "second"], letters.Select(letter => Encoding.UTF8.GetString(letter.Data!.Value.Span)));
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Letters_of_many_tasks_at_once_are_whole_lines()
    {
        var path = Path.Combine(_folder, "letters.jsonl");
        var sink = IDeadLetterSink.ToFile(path);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => sink.WriteAsync(NewLetter($"{i}"), TestContext.Current.CancellationToken).AsTask()));

        var letters = await ListAsync(StoredDeadLetter.ReadFileAsync(path, skipsUnreadable: false, TestContext.Current.CancellationToken));
        Assert.Equal(50, letters.Select(letter => Encoding.UTF8.GetString(letter.Data!.Value.Span)).Distinct().Count());
    }

    [Fact]
    public async Task Another_stream_gets_the_letter_under_the_records_own_key_and_any_consumer_reads_it_back()
    {
        await using var rig = new ConsumerRig();
        await PutPoisonAsync(rig);
        var letters = new LocalKinesis(rig.Clock).AddStream("letters", shards: 1);

        RunWithPoison(rig, IDeadLetterSink.ToStream(letters, new("letters")));

        var iterator = await letters.GetShardIteratorAsync(new("letters"), "shardId-000000000000", StartingPosition.TrimHorizon, TestContext.Current.CancellationToken);
        using var page = await letters.GetRecordsAsync(new(new("letters"), iterator), TestContext.Current.CancellationToken);
        var record = Assert.Single(page.Records);
        Assert.Equal("key", record.PartitionKey);
        AssertIsThePoison(rig, StoredDeadLetter.Parse(record.Data));
    }

    /// <summary>The way back: the letter's record goes to the mended handler again.</summary>
    [Fact]
    public async Task A_stored_letter_can_be_given_to_a_handler_again()
    {
        await IDeadLetterSink.ToDirectory(_folder).WriteAsync(NewLetter("42"), TestContext.Current.CancellationToken);
        var handled = new List<(string Key, int Message)>();
        var handler = IShardProcessor.ForMessages(new Numbers(), (number, record, _) =>
        {
            handled.Add((record.PartitionKey, number));
            return default;
        })(NewLetter("").Shard);

        await foreach (var letter in StoredDeadLetter.ReadDirectoryAsync(_folder, TestContext.Current.CancellationToken))
        {
            var batch = new RecordBatch(new ShardContext { Stream = new(letter.Stream), ShardId = letter.ShardId }, [letter.ToRecord()]);
            await handler.ProcessAsync(batch, TestContext.Current.CancellationToken);
            Assert.Equal(0, batch.FailedCount);
            File.Delete(letter.Source);
        }

        Assert.Equal(("key", 42), Assert.Single(handled));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_document_without_its_payload_says_how_long_it_was_and_refuses_to_be_a_record()
    {
        var letter = StoredDeadLetter.Parse(NewLetter("payload").ToJson(includesPayload: false));

        Assert.Equal((7, null), (letter.DataBytes, letter.Data));
        Assert.Contains("overflow", Assert.Throws<InvalidOperationException>(() => letter.ToRecord()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"stream\":5}")]
    [InlineData("{\"stream\":\"s\",\"application\":\"a\",\"worker\":\"w\",\"shardId\":\"x\",\"sequenceNumber\":\"minus one\"}")]
    public void What_is_no_dead_letter_is_refused_with_a_sentence(string text)
    {
        var error = Assert.Throws<FormatException>(() => StoredDeadLetter.Parse(Encoding.UTF8.GetBytes(text)));

        Assert.StartsWith("This is not a dead letter", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_and_changed_byte_of_a_document_gives_a_letter_or_a_refusal()
    {
        var document = NewLetter("payload").ToJson();
        var random = new Random(5);
        for (var i = 0; i < 3_000; i++)
        {
            var broken = document.AsSpan(0, random.Next(document.Length + 1)).ToArray();
            if (broken.Length > 0)
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            var error = Record.Exception(() => StoredDeadLetter.Parse(broken));
            Assert.True(error is null or FormatException, $"{error}");
        }
    }

    [Fact]
    public void The_document_is_one_line_of_ascii_and_its_error_is_bounded()
    {
        var letter = NewLetter("ü") with { Error = new InvalidOperationException(new string('é', 100_000)) };

        var text = Encoding.UTF8.GetString(letter.ToJson());

        Assert.All(text, character => Assert.InRange(character, ' ', '~'));
        Assert.True(StoredDeadLetter.Parse(letter.ToJson()).ErrorMessage!.Length <= 8193);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(text).RootElement.ValueKind);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, true)]
    public async Task A_payload_that_cannot_be_read_goes_its_own_way_at_once(int concurrency, bool throwsToo)
    {
        await using var rig = new ConsumerRig();
        foreach (var value in new[] { "1", "poison", "2", "3" })
            await rig.PutAsync("key", value);
        var (letters, handled, failures) = (new List<DeadLetter>(), new List<int>(), 0);
        rig.Start(
            IShardProcessor.ForMessages(new Numbers(), (number, _, _) =>
            {
                // A handler that throws the serializer's exception is not a payload that cannot be read.
                if (throwsToo && number == 2 && failures++ < 3)
                    throw new FormatException("of the handler");
                handled.Add(number);
                return default;
            }),
            options =>
            {
                options.Processing.Concurrency = concurrency;
                options.Failure = new() { UnreadableAction = FailureAction.DeadLetter, DeadLetters = new Letters(letters) };
            });
        rig.Clock.RunUntil(() => handled.Count == 3, TimeSpan.FromMinutes(2));

        Assert.Equal([1, 2, 3], handled);
        var letter = Assert.Single(letters);
        Assert.Equal((DeadLetterReason.Unreadable, 1), (letter.Reason, letter.Attempts));
        Assert.IsType<FormatException>(letter.Error);
    }

    [Fact]
    [Trait("Story", "L1")]
    public async Task A_skipped_record_whose_sink_fails_is_told_once_for_each_and_the_shard_goes_on()
    {
        await using var rig = new ConsumerRig();
        foreach (var value in new[] { "poison", "1", "poison too", "2" })
            await rig.PutAsync("key", value);
        var handled = new List<int>();
        rig.Start(
            IShardProcessor.ForMessages(new Numbers(), (number, _, _) =>
            {
                handled.Add(number);
                return default;
            }),
            options => options.Failure = new() { UnreadableAction = FailureAction.Skip, DeadLetters = new Letters([]) { Failures = int.MaxValue } });

        rig.Clock.RunUntil(() => handled.Count == 2, TimeSpan.FromMinutes(2));
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(2, rig.Log.CountOf(3015));
        Assert.Equal(rig.SequenceNumbers[^1], (await rig.LeaseAsync()).Checkpoint.SequenceNumber);
    }

    [Fact]
    public async Task A_record_that_is_too_old_says_so()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync("key", "1");
        rig.Clock.RunFor(TimeSpan.FromMinutes(10));
        var letters = new List<DeadLetter>();
        rig.Start(
            (_, _) => throw new IOException("away"),
            options => options.Failure = new() { Action = FailureAction.DeadLetter, MaxRecordAge = TimeSpan.FromMinutes(5), DeadLetters = new Letters(letters) });

        rig.Clock.RunUntil(() => letters.Count == 1, TimeSpan.FromMinutes(1));

        Assert.Equal(DeadLetterReason.RecordTooOld, letters[0].Reason);
    }

    private static async Task PutPoisonAsync(ConsumerRig rig)
    {
        await rig.PutAsync("key", "1");
        await rig.PutAggregateAsync(("key", "2"), ("key", "poison"), ("key", "3"));
    }

    private static void RunWithPoison(ConsumerRig rig, IDeadLetterSink sink)
    {
        var handled = new List<int>();
        rig.Start(
            IShardProcessor.ForMessages(new Numbers(), (number, _, _) =>
            {
                handled.Add(number);
                return default;
            }),
            options => options.Failure = new() { Action = FailureAction.DeadLetter, MaxAttempts = 2, DeadLetters = sink });
        rig.Clock.RunUntil(() => handled.Count == 3, TimeSpan.FromMinutes(2));
        Assert.Equal([1, 2, 3], handled);
    }

    private static void AssertIsThePoison(ConsumerRig rig, StoredDeadLetter letter)
    {
        Assert.Equal(("orders", "billing", "worker-1", "shardId-000000000000"), (letter.Stream, letter.ApplicationName, letter.WorkerId, letter.ShardId));
        Assert.Equal(new ExtendedSequenceNumber(rig.SequenceNumbers[1], 1), letter.Position);
        Assert.Equal((true, "key", "poison"), (letter.IsAggregated, letter.PartitionKey, Encoding.UTF8.GetString(letter.Data!.Value.Span)));
        Assert.Equal((FailureAction.DeadLetter, DeadLetterReason.AttemptsExhausted, 2), (letter.Action, letter.Reason, letter.Attempts));
        Assert.Equal(("System.FormatException", 6), (letter.ErrorType, letter.DataBytes));
        Assert.Contains(nameof(Numbers), letter.Error, StringComparison.Ordinal);
        Assert.True(letter.FailedAt > letter.ApproximateArrivalTimestamp);
    }

    private static DeadLetter NewLetter(string value, string shardId = "shardId-000000000000") => new(
        new ShardContext { Stream = new("orders"), ShardId = shardId, ApplicationName = "billing", WorkerId = "worker-1" },
        new ConsumedRecord("key", Encoding.UTF8.GetBytes(value), new(SequenceNumber.Parse("49590338271490256608559692538361571095921575989136588898"), 3)),
        FailureAction.DeadLetter, DeadLetterReason.Classified, 1, new InvalidOperationException("no"), DateTimeOffset.UnixEpoch);

    private static async Task<List<StoredDeadLetter>> ListAsync(IAsyncEnumerable<StoredDeadLetter> letters)
    {
        var list = new List<StoredDeadLetter>();
        await foreach (var letter in letters)
            list.Add(letter);
        return list;
    }
}
