using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Tests.Retrieval;

[Collection(VirtualTimeCollection.Name)]
public sealed class PollingTests : IAsyncDisposable
{
    private readonly ConsumerRig _rig;
    private readonly List<TimeSpan> _reads = [];
    private FlakyKinesis _kinesis = null!;

    public PollingTests()
    {
        _rig = new ConsumerRig(wrap: local => _kinesis = new FlakyKinesis(local));
        _kinesis.OnRead = () =>
        {
            lock (_reads)
                _reads.Add(_rig!.Clock.Elapsed);
        };
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    /// <summary>Demand story H3: never more than five reads a second of a shard, also with two consumers of the process on it.</summary>
    [Fact]
    [Trait("Story", "H3")]
    public async Task Two_applications_in_one_process_stay_within_five_reads_a_second_together()
    {
        await _rig.PutAsync(3_000);
        void Fast(KinesisConsumerOptions options)
        {
            options.Retrieval.Polling.MaxRecords = 20;
            options.Retrieval.Polling.IdleDelay = TimeSpan.Zero;
        }

        _rig.Start(change: Fast);
        var other = new Consumer.Leasing.InMemoryLeaseStore();
        using var stop = new CancellationTokenSource();
        var options = ConsumerRig.Options(Fast);
        options.ApplicationName = "audit";
        await using var second = new KinesisConsumer(options, _ => new Recorder(new Ledger(), "audit"), _kinesis, other, null, _rig.Clock, new Random(3));
        var running = second.RunAsync(stop.Token);

        _rig.Clock.RunFor(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        _rig.Clock.RunUntilDone(running, TimeSpan.FromMinutes(1));

        AssertRate();
        Assert.True(_reads.Count > 200, $"{_reads.Count} reads");
    }

    /// <summary>Kinesis closes a shard for five seconds after a page of 10 MiB (2 MB a second, paid after the fact).</summary>
    [Trait("Story", "H3")]
    [Fact]
    public async Task Bytes_are_paced_too()
    {
        var payload = new string('x', 512 * 1024);
        for (var i = 0; i < 40; i++)
            await _rig.PutAsync($"key-{i}", payload);
        _rig.Start(change: options => options.Retrieval.PrefetchBytes = 1L << 30);
        _rig.RunUntilHandled(1);
        var start = _rig.Clock.Elapsed;

        _rig.RunUntilHandled(40);

        // 20 MiB at 2 MiB a second; the last page is paid by nobody.
        Assert.InRange(_rig.Clock.Elapsed - start, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(11));
    }

    /// <summary>Demand story I1: a stall beyond the iterator's five minutes, at any point, costs no record, no lease and no warning.</summary>
    [Fact]
    [Trait("Story", "I1")]
    public async Task An_expired_iterator_is_renewed_after_the_last_accepted_record()
    {
        await _rig.PutAsync(4);
        var isSlow = true;
        _rig.Start(
            async (_, stopping) =>
            {
                if (isSlow)
                    await Task.Delay(TimeSpan.FromMinutes(7), _rig.Clock, stopping);
                isSlow = false;
            },
            options =>
            {
                options.Retrieval.PrefetchBytes = 1024 * 1024;
                options.Retrieval.Polling.IdleDelay = TimeSpan.FromMinutes(1);
            });
        _rig.Clock.RunFor(TimeSpan.FromSeconds(30));
        _kinesis.FailNextReads(1, KinesisErrorKind.ExpiredIterator);
        await _rig.PutAsync(4, from: 4);

        _rig.RunUntilHandled(8, TimeSpan.FromMinutes(15));

        Assert.Equal(Enumerable.Range(0, 8).Select(value => $"{value}"), _rig.Ledger.Entries.Select(entry => entry.Value));
        Assert.Equal(StartingPositionType.AfterSequenceNumber, _kinesis.Iterators[^1].Type);
        Assert.Equal(_rig.SequenceNumbers[3], _kinesis.Iterators[^1].SequenceNumber);
    }

    /// <summary>KCL asks AFTER the checkpoint's record when its first iterator expires, and so skips the rest of the aggregate (kcl.md 5.5).</summary>
    [Trait("Story", "I1")]
    [Fact]
    public async Task An_iterator_that_expires_before_the_rest_of_an_aggregate_was_read_skips_nothing_of_it()
    {
        await _rig.PutAggregateAsync([.. Enumerable.Range(0, 10).Select(i => ($"key-{i}", $"{i}"))]);
        var consumer = _rig.Start(
            async (batch, stopping) =>
            {
                if (batch[0].SubSequenceNumber == 0)
                    await batch.CheckpointAsync(stopping);
            },
            options =>
            {
                options.Checkpoint.Mode = CheckpointMode.Manual;
                options.Processing.MaxBatchRecords = 4;
            });
        _rig.RunUntilHandled(10);
        _rig.Stop(consumer);
        Assert.Equal(3, (await _rig.LeaseAsync()).Checkpoint.SubSequenceNumber);

        _kinesis.FailNextReads(2, KinesisErrorKind.ExpiredIterator);
        _rig.Start(worker: "worker-2");
        _rig.RunUntilHandled(16);
        _rig.Clock.RunFor(TimeSpan.FromSeconds(10));

        Assert.Equal(Enumerable.Range(4, 6).Select(i => $"{i}"), _rig.Ledger.Entries.Skip(10).Select(entry => entry.Value));
        Assert.All(_kinesis.Iterators.TakeLast(3), position => Assert.Equal(StartingPosition.At(_rig.SequenceNumbers[0]), position));
    }
    [Fact]

    [Trait("Story", "I1")]
    public async Task A_latest_start_whose_iterator_expires_before_the_first_record_skips_nothing()
    {
        await _rig.PutAsync(2);
        _rig.Clock.RunFor(TimeSpan.FromMinutes(5));
        _rig.Start(change: options => options.StartFrom = StartingPositionType.Latest);
        _rig.Clock.RunFor(TimeSpan.FromMinutes(2));
        Assert.NotEmpty(_kinesis.Iterators);

        _kinesis.FailNextReads(1, KinesisErrorKind.ExpiredIterator);
        await _rig.PutAsync(3, from: 2);
        _rig.RunUntilHandled(3);

        Assert.Equal(["2", "3", "4"], _rig.Ledger.Entries.Select(entry => entry.Value));
        Assert.Equal(StartingPositionType.AtTimestamp, _kinesis.Iterators[^1].Type);
    }

    /// <summary>Demand story S6: 50 empty pages with a moving distance are not the end, nor "caught up".</summary>
    [Fact]
    [Trait("Story", "S6")]
    public async Task Empty_pages_are_not_the_end()
    {
        _kinesis.EmptyNextReads(50, millisBehindLatest: 60_000);
        await _rig.PutAsync(3);
        var consumer = _rig.Start();
        _rig.Clock.RunUntil(() => _reads.Count >= 20, TimeSpan.FromMinutes(1));
        var status = consumer.Shards.Single();

        _rig.RunUntilHandled(3);

        Assert.Equal(ShardReason.CatchingUp, status.Reason);
        Assert.Equal(TimeSpan.FromMinutes(1), status.Lag);
        Assert.True(_reads.Count > 50);
        AssertRate();
    }

    /// <summary>Demand story S1: a read that never completes is given up after its time, the shard goes on by itself.</summary>
    [Fact]
    [Trait("Story", "S1")]
    public async Task A_read_that_never_ends_is_given_up_and_made_again()
    {
        _kinesis.HangNextRead();
        await _rig.PutAsync(3);
        var consumer = _rig.Start(change: options => options.Retrieval.Polling.CallTimeout = TimeSpan.FromSeconds(15));
        var sawFailure = false;

        _rig.Clock.RunUntil(
            () =>
            {
                sawFailure |= consumer.Shards.Any(shard => shard is { Reason: ShardReason.ReadFailing, Detail: "CallTimeout" });
                return _rig.Ledger.Count == 3;
            },
            TimeSpan.FromMinutes(2));

        Assert.True(sawFailure);
    }

    /// <summary>"Not found" asks for the shards' list. A listing that never answers does not keep the shard silent either.</summary>
    [Fact]
    [Trait("Story", "S1")]
    public async Task A_listing_that_never_ends_is_given_up_and_the_shard_read_on()
    {
        await _rig.PutAsync(3);
        var consumer = _rig.Start();
        _rig.RunUntilHandled(3);
        (_kinesis.HangingLists, var start) = (1, _rig.Clock.Elapsed);
        _kinesis.FailNextReads(1, KinesisErrorKind.NotFound);
        await _rig.PutAsync(3, from: 3);

        _rig.RunUntilHandled(6, TimeSpan.FromMinutes(2));

        Assert.Equal(0, _kinesis.HangingLists);
        Assert.InRange(_rig.Clock.Elapsed - start, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(33));
    }
    [Fact]

    [Trait("Story", "S6")]
    public async Task Throttled_reads_back_off_and_say_so()
    {
        await _rig.PutAsync(3);
        _kinesis.FailNextReads(12, KinesisErrorKind.Throttled);
        var consumer = _rig.Start();
        _rig.Clock.RunUntil(() => _reads.Count >= 12, TimeSpan.FromMinutes(5));

        Assert.Equal(ShardReason.ThrottledByKinesis, consumer.Shards.Single().Reason);
        Assert.True(consumer.Shards.Single().IsDegraded);
        Assert.True(_reads[^1] - _reads[0] > TimeSpan.FromSeconds(10), $"12 reads in {_reads[^1] - _reads[0]}");
        _rig.RunUntilHandled(3);
        _rig.Clock.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal(ShardReason.CaughtUp, consumer.Shards.Single().Reason);
    }

    /// <summary>A quiet shard is read once in IdleDelay, one that is behind five times a second.</summary>
    [Fact]
    public async Task Reading_is_slow_when_quiet_and_fast_when_behind()
    {
        _rig.Start(change: options => options.Retrieval.Polling.MaxRecords = 10);
        _rig.Clock.RunUntil(() => _reads.Count > 0, TimeSpan.FromMinutes(1));
        var quiet = _reads.Count;
        _rig.Clock.RunFor(TimeSpan.FromSeconds(60));
        Assert.InRange(_reads.Count - quiet, 58, 62);

        await _rig.PutAsync(1_000);
        var start = _rig.Clock.Elapsed;
        _rig.RunUntilHandled(1_000);

        Assert.InRange(_rig.Clock.Elapsed - start, TimeSpan.FromSeconds(19), TimeSpan.FromSeconds(23));
        AssertRate();
    }

    /// <summary>Each wake-up costs more than the poll itself: quiet shards share them, also those of two consumers that began at different times.</summary>
    [Fact]
    public async Task Quiet_shards_are_read_at_the_same_instants()
    {
        _rig.Start();
        _rig.Clock.RunFor(TimeSpan.FromMilliseconds(37));
        using var stop = new CancellationTokenSource();
        var options = ConsumerRig.Options(null);
        options.ApplicationName = "audit";
        await using var second = new KinesisConsumer(
            options, _ => new Recorder(new Ledger(), "audit"), _kinesis, new Consumer.Leasing.InMemoryLeaseStore(), null, _rig.Clock, new Random(3));
        var running = second.RunAsync(stop.Token);
        _rig.Clock.RunFor(TimeSpan.FromSeconds(10));
        lock (_reads)
            _reads.Clear();

        _rig.Clock.RunFor(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();
        _rig.Clock.RunUntilDone(running, TimeSpan.FromMinutes(1));

        Assert.InRange(_reads.Count, 118, 124);
        Assert.All(_reads, read => Assert.InRange(read.TotalMilliseconds % 100, 0, 1));
        AssertRate();
    }

    private void AssertRate()
    {
        for (var i = 5; i < _reads.Count; i++)
            Assert.True(_reads[i] - _reads[i - 5] >= TimeSpan.FromSeconds(0.999), $"reads {i - 5} to {i} in {_reads[i] - _reads[i - 5]}");
    }
}
