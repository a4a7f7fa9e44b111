using System.Text;
using Amazon.SQS;
using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.DeadLetters.Sqs.Tests;

public sealed class SqsDeadLetterSinkTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_letter_is_a_message_that_is_read_back_whole()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();

        await new SqsDeadLetterSink(client, queue.Url).WriteAsync(NewLetter(7, "päylöad\u0001"), Token);

        var message = Assert.Single(queue.Kept);
        var letter = StoredDeadLetter.Parse(Encoding.UTF8.GetBytes(message.Body));
        Assert.Equal(("orders", "billing", "shardId-000000000001", 7L), (letter.Stream, letter.ApplicationName, letter.ShardId, letter.Position.SubSequenceNumber));
        Assert.Equal("päylöad\u0001", Encoding.UTF8.GetString(letter.Data!.Value.Span));
        Assert.Equal((DeadLetterReason.Unreadable, 3, "System.FormatException"), (letter.Reason, letter.Attempts, letter.ErrorType));
        Assert.Equal(["application", "reason", "shardId", "stream"], message.Attributes.Keys);
        Assert.Equal("Unreadable", message.Attributes["reason"]);
        Assert.Null(message.GroupId);
    }

    [Fact]
    public async Task Letters_that_come_while_calls_run_go_together_ten_at_most()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        var sink = new SqsDeadLetterSink(client, queue.Url);
        var gate = new TaskCompletionSource();
        queue.Gate = gate.Task;
        var writes = new List<Task> { sink.WriteAsync(NewLetter(0), Token).AsTask() };
        await queue.Arrived.Task.WaitAsync(Token);

        writes.AddRange(Enumerable.Range(1, 199).Select(i => sink.WriteAsync(NewLetter(i), Token).AsTask()));
        gate.SetResult();
        await Task.WhenAll(writes);

        Assert.Equal(200, queue.Kept.Select(message => message.Body).Distinct().Count());
        Assert.All(queue.Calls, call => Assert.InRange(call.Count, 1, 10));
        // At most four calls were open before the gate, each with what was there when it left.
        Assert.InRange(queue.Calls.Count, 20, 24);
    }

    [Fact]
    public async Task A_message_that_the_queue_refuses_fails_alone_and_says_why()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        var sink = new SqsDeadLetterSink(client, queue.Url);
        queue.Refuse = message => StoredDeadLetter.Parse(Encoding.UTF8.GetBytes(message.Body)).Position.SubSequenceNumber == 3 ? "KmsThrottled" : null;

        var writes = Enumerable.Range(0, 30).Select(i => sink.WriteAsync(NewLetter(i), Token).AsTask()).ToList();
        var error = await Assert.ThrowsAsync<AmazonSQSException>(() => Task.WhenAll(writes));

        Assert.Equal("KmsThrottled", error.ErrorCode);
        Assert.Contains("shardId-000000000001", error.Message, StringComparison.Ordinal);
        Assert.Contains(queue.Url, error.Message, StringComparison.Ordinal);
        Assert.Equal([3], Enumerable.Range(0, 30).Where(i => writes[i].IsFaulted));
        Assert.Equal(29, queue.Kept.Count);
        queue.Refuse = static _ => null;
        await sink.WriteAsync(NewLetter(3), Token);
        Assert.Equal(30, queue.Kept.Count);
    }

    [Fact]
    public async Task A_message_that_the_answer_does_not_name_is_not_taken_for_kept()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        queue.Forget = static _ => true;

        var error = await Assert.ThrowsAsync<AmazonSQSException>(async () => await new SqsDeadLetterSink(client, queue.Url).WriteAsync(NewLetter(0), Token));

        Assert.Contains("did not say", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_call_fails_every_letter_of_it_and_the_sink_goes_on()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        var sink = new SqsDeadLetterSink(client, queue.Url);
        queue.RefuseCall = static _ => "AccessDeniedException";
        var writes = Enumerable.Range(0, 25).Select(i => sink.WriteAsync(NewLetter(i), Token).AsTask()).ToList();

        await Assert.ThrowsAnyAsync<AmazonSQSException>(() => Task.WhenAll(writes));

        Assert.All(writes, write => Assert.True(write.IsFaulted));
        queue.RefuseCall = static _ => null;
        await sink.WriteAsync(NewLetter(0), Token);
        Assert.Single(queue.Kept);
    }

    [Fact]
    public async Task Large_letters_share_a_call_only_up_to_its_byte_limit()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        var sink = new SqsDeadLetterSink(client, queue.Url);

        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => sink.WriteAsync(NewLetter(i, new string('x', 300_000)), Token).AsTask()));

        Assert.Equal(12, queue.Kept.Count);
        Assert.All(queue.Calls, call => Assert.InRange(call.Sum(message => message.Bytes), 1, 1024 * 1024));
    }

    [Fact]
    public async Task A_call_that_the_service_finds_too_long_is_sent_one_by_one()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        var sink = new SqsDeadLetterSink(client, queue.Url);
        queue.RefuseCall = static call => call.Count > 1 ? "BatchRequestTooLong" : null;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => sink.WriteAsync(NewLetter(i), Token).AsTask()));

        Assert.Equal(20, queue.Kept.Count);
    }

    [Fact]
    public async Task A_letter_that_is_too_large_is_refused_with_the_setting_and_the_way_out()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        var sink = new SqsDeadLetterSink(client, queue.Url) { MaxMessageBytes = 262_144 };

        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await sink.WriteAsync(NewLetter(0, new string('x', 200_000)), Token));

        Assert.Contains("262144", error.Message, StringComparison.Ordinal);
        Assert.Contains("Overflow", error.Message, StringComparison.Ordinal);
        Assert.Empty(queue.Calls);
    }

    [Fact]
    public async Task With_an_overflow_sink_a_large_letter_is_kept_whole_there_and_named_in_the_queue()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        var kept = new List<DeadLetter>();
        var sink = new SqsDeadLetterSink(client, queue.Url) { MaxMessageBytes = 262_144, Overflow = new Keeper(letter => kept.Add(letter)) };

        await sink.WriteAsync(NewLetter(0, new string('x', 200_000)), Token);
        await sink.WriteAsync(NewLetter(1, "small"), Token);

        Assert.Equal(200_000, Assert.Single(kept).Record.Data.Length);
        var stored = queue.Kept.Select(message => StoredDeadLetter.Parse(Encoding.UTF8.GetBytes(message.Body))).ToList();
        Assert.Equal([(200_000, true), (5, false)], stored.Select(letter => (letter.DataBytes, letter.Data is null)));
    }

    [Fact]
    public async Task When_the_overflow_sink_fails_nothing_is_sent_and_the_letter_is_not_kept()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        var sink = new SqsDeadLetterSink(client, queue.Url) { Overflow = new Keeper(_ => throw new IOException("disk full")) };

        await Assert.ThrowsAsync<IOException>(async () => await sink.WriteAsync(NewLetter(0, new string('x', 900_000)), Token));

        Assert.Empty(queue.Calls);
    }

    [Fact]
    public async Task A_fifo_queue_gets_the_order_of_the_key_and_one_id_for_one_place()
    {
        await using var queue = await FakeQueue.StartAsync("letters.fifo");
        using var client = queue.NewClient();
        var sink = new SqsDeadLetterSink(client, queue.Url);

        await sink.WriteAsync(NewLetter(0), Token);
        await sink.WriteAsync(NewLetter(0), Token);
        await sink.WriteAsync(NewLetter(1), Token);
        await sink.WriteAsync(NewLetter(2, key: "another"), Token);

        var messages = queue.Kept.ToList();
        Assert.Equal(messages[0].DeduplicationId, messages[1].DeduplicationId);
        Assert.Equal(3, messages.Select(message => message.DeduplicationId).Distinct().Count());
        Assert.Equal([true, true, true, false], messages.Select(message => message.GroupId == messages[0].GroupId));
        Assert.All(messages, message => Assert.InRange(message.DeduplicationId!.Length, 1, 128));
        Assert.All(messages, message => Assert.DoesNotContain("key", message.GroupId, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_writer_that_is_cancelled_does_not_hold_up_the_others()
    {
        await using var queue = await FakeQueue.StartAsync();
        using var client = queue.NewClient();
        var sink = new SqsDeadLetterSink(client, queue.Url);
        var gate = new TaskCompletionSource();
        queue.Gate = gate.Task;
        using var cancelled = new CancellationTokenSource();
        var first = sink.WriteAsync(NewLetter(0), cancelled.Token).AsTask();
        await queue.Arrived.Task.WaitAsync(Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        gate.SetResult();
        await sink.WriteAsync(NewLetter(1), Token);

        Assert.Contains(queue.Kept, message => message.Body.Contains("\"subSequenceNumber\":1,", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("letters")]
    [InlineData("ftp://host/letters")]
    public void A_queue_without_an_absolute_url_is_refused(string url)
    {
        using var client = new AmazonSQSClient(new Amazon.Runtime.AnonymousAWSCredentials(), Amazon.RegionEndpoint.EUWest1);

        var error = Assert.Throws<ArgumentException>(() => new SqsDeadLetterSink(client, url));

        Assert.Contains("https://sqs.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(131_071)]
    [InlineData(1_048_577)]
    public void A_message_limit_out_of_range_is_refused(int bytes)
    {
        using var client = new AmazonSQSClient(new Amazon.Runtime.AnonymousAWSCredentials(), Amazon.RegionEndpoint.EUWest1);

        Assert.Throws<ArgumentOutOfRangeException>(() => new SqsDeadLetterSink(client, "https://sqs.eu-west-1.amazonaws.com/1/q") { MaxMessageBytes = bytes });
    }

    private static DeadLetter NewLetter(int place, string value = "payload", string key = "key") => new(
        new ShardContext { Stream = new("orders"), ShardId = "shardId-000000000001", ApplicationName = "billing", WorkerId = "worker-1" },
        new ConsumedRecord(key, Encoding.UTF8.GetBytes(value), new(SequenceNumber.Parse("49590338271490256608559692538361571095921575989136588898"), place)),
        FailureAction.DeadLetter, DeadLetterReason.Unreadable, 3, new FormatException("no number"), DateTimeOffset.UnixEpoch);

    private sealed class Keeper(Action<DeadLetter> keep) : IDeadLetterSink
    {
        public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
        {
            keep(letter);
            return default;
        }
    }
}
