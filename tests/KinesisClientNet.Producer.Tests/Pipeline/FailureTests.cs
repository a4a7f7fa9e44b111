using System.Text;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

public sealed class FailureTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    /// <summary>Issue 3: one invalid entry is isolated by bisecting, so that its 499 neighbours are delivered.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(250)]
    [InlineData(499)]
    public async Task One_record_that_poisons_its_call_fails_alone(int poison)
    {
        await using var rig = new ProducerRig();
        rig.Api.BeforePut = request =>
        {
            if (request.Entries.ToArray().Any(entry => entry.PartitionKey == $"key-{poison}"))
                throw new KinesisApiException(KinesisErrorKind.InvalidArgument, "InvalidArgumentException", "One of them is wrong.", 400);
        };
        var producer = rig.Create(options => options.Aggregation.Enabled = false);

        var pending = await EnqueueAsync(producer, 500);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        var error = await Assert.ThrowsAsync<RecordFailedException>(() => pending[poison].Delivery);
        Assert.Equal(RecordFailureReason.InvalidRecord, error.Reason);
        Assert.Equal("InvalidArgumentException", error.Attempts[^1].ErrorCode);
        Assert.All(pending.Where((_, i) => i != poison), record => Assert.True(record.Delivery.IsCompletedSuccessfully));
        Assert.Equal(499, rig.Stored().Count);
    }

    /// <summary>Issue 3: permanent failures end at once with the cause (the KPL retries them for 30 seconds and says "Expired").</summary>
    [Theory]
    [InlineData(KinesisErrorKind.NotFound, RecordFailureReason.StreamNotFound)]
    [InlineData(KinesisErrorKind.AccessDenied, RecordFailureReason.AccessDenied)]
    [InlineData(KinesisErrorKind.KeyUnavailable, RecordFailureReason.KeyUnavailable)]
    public async Task A_permanent_failure_ends_the_records_at_once_with_its_cause(KinesisErrorKind kind, RecordFailureReason reason)
    {
        await using var rig = new ProducerRig();
        rig.Api.BeforePut = _ => throw new KinesisApiException(kind, $"{kind}Exception", "No.", 400);
        var lost = new List<FailedRecord>();
        var producer = rig.Create(options => options.OnRecordFailed = lost.Add);

        var pending = await EnqueueAsync(producer, 100);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        foreach (var record in pending)
        {
            var error = await Assert.ThrowsAsync<RecordFailedException>(() => record.Delivery);
            Assert.Equal(reason, error.Reason);
            Assert.False(error.IsTransient);
            Assert.Single(error.Attempts);
            Assert.IsType<KinesisApiException>(error.InnerException);
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"key-{i}").Order(), lost.Select(record => record.Record.PartitionKey!).Order());
        Assert.Equal(0, producer.PendingBytes);
    }

    /// <summary>Story L2: fail random entries with random codes; each record ends once, and nothing that was stored is sent again.</summary>
    [Fact]
    [Trait("Story", "L2")]
    public async Task Random_entry_failures_leave_each_record_with_one_outcome_and_stored_once()
    {
        string[] codes = ["InternalFailure", "ProvisionedThroughputExceededException", "ServiceUnavailable", "SomethingNew", "AccessDeniedException"];
        var random = new Random(7);
        await using var rig = new ProducerRig();
        rig.Api.FailEntry = _ => random.Next(3) == 0 ? codes[random.Next(codes.Length)] : null;
        var outcomes = new Dictionary<object, int>();
        var producer = rig.Create(options =>
        {
            options.Aggregation.MaxBytes = 200;
            options.OnRecordsSettled = settled =>
            {
                for (var i = 0; i < settled.Count; i++)
                    outcomes[settled.StateOf(i)!] = outcomes.GetValueOrDefault(settled.StateOf(i)!) + 1;
            };
        });

        var pending = new List<PendingRecord>();
        for (var i = 0; i < 1_000; i++)
            pending.Add(await producer.EnqueueAsync(new ProducerRecord($"key-{i}", Encoding.UTF8.GetBytes($"{i}"), null, i), Stop));
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(1_000, outcomes.Count);
        Assert.All(outcomes.Values, count => Assert.Equal(1, count));
        var delivered = Enumerable.Range(0, 1_000).Where(i => pending[i].Delivery.IsCompletedSuccessfully).Select(i => $"{i}").Order();
        Assert.Equal(delivered, rig.Stored().Select(record => record.Text).Order());
        Assert.All(pending, record => Assert.True(record.Delivery.IsCompleted));
    }

    [Fact]
    public async Task A_lost_answer_is_sent_again_and_may_be_stored_twice_but_never_lost()
    {
        await using var rig = new ProducerRig();
        var lost = 2;
        rig.Api.AfterPut = _ =>
        {
            if (lost-- > 0)
                throw new KinesisApiException(KinesisErrorKind.Connection, "ConnectionLost", "The answer is lost.");
        };
        var producer = rig.Create();

        var receipt = await rig.UntilAsync(producer.SendAsync("key", "x"u8.ToArray(), Stop).AsTask());

        Assert.Equal(["ConnectionLost", "ConnectionLost", null], receipt.Attempts.Select(attempt => attempt.ErrorCode));
        Assert.Equal(3, rig.Stored().Count);
    }

    [Fact]
    public async Task An_answer_with_another_number_of_results_is_not_assigned_to_records()
    {
        await using var rig = new ProducerRig();
        var wrong = true;
        var api = new MiscountingKinesis(rig.Api, () => wrong);
        await using var producer = new KinesisProducer(new() { StreamName = ProducerRig.StreamName, Retry = { MaxAttempts = 2 } }, api, rig.Log);

        var error = await Assert.ThrowsAsync<RecordFailedException>(async () => await producer.SendAsync("key", "x"u8.ToArray(), Stop));

        Assert.Equal(RecordFailureReason.AttemptsExhausted, error.Reason);
        Assert.All(error.Attempts, attempt => Assert.Equal("RecordCountMismatch", attempt.ErrorCode));
        wrong = false;
        Assert.Single((await producer.SendAsync("key", "x"u8.ToArray(), Stop)).Attempts);
    }

    /// <summary>Issue 3: without ListShards permission a clear warning and raw sending.</summary>
    [Fact]
    public async Task Without_permission_to_list_shards_records_travel_alone_and_a_warning_names_the_permission()
    {
        await using var rig = new ProducerRig();
        rig.Api.BeforeList = () => throw new KinesisApiException(KinesisErrorKind.AccessDenied, "AccessDeniedException", "No.", 400);
        var producer = rig.Create();

        await EnqueueAsync(producer, 200);
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.Equal(200, rig.Stored().Count(record => !record.WasAggregated));
        Assert.Contains("kinesis:ListShards", Assert.Single(rig.Log.Lines, line => line.Id == 2003).Text, StringComparison.Ordinal);
    }

    /// <summary>Story K3: an hour of failing credentials writes a line a minute, not a line a record.</summary>
    [Fact]
    [Trait("Story", "K3")]
    [Trait("Story", "L4")]
    public async Task An_hour_of_failures_is_summed_up_in_a_line_a_minute()
    {
        await using var rig = new ProducerRig();
        rig.Api.BeforePut = _ => throw new KinesisApiException(KinesisErrorKind.Authentication, "ExpiredTokenException", "Expired.", 400);
        var producer = rig.Create(options => options.Retry.MaxDoubtfulAttempts = 2);

        for (var minute = 0; minute < 60; minute++)
        {
            await EnqueueAsync(producer, 50);
            await rig.PassAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(500));
        }

        Assert.InRange(rig.Log.Lines.Count(line => line.Id == 2006), 50, 61);
        Assert.InRange(rig.Log.Lines.Count(line => line.Id == 2007), 50, 61);
    }

    private static async Task<List<PendingRecord>> EnqueueAsync(KinesisProducer producer, int count)
    {
        var pending = new List<PendingRecord>();
        for (var i = 0; i < count; i++)
            pending.Add(await producer.EnqueueAsync($"key-{i}", Encoding.UTF8.GetBytes($"{i}"), Stop));
        return pending;
    }
}
