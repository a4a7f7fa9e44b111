using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>What a worker writes for the leader to balance by: throughput in its leases, CPU in its report.</summary>
public sealed class LoadReportTests
{
    private const string Key = "shardId-000000000000";
    private readonly SteppedClock _time = new();
    private readonly InMemoryLeaseStore _store = new();
    private readonly LeaseHolder _holder;

    public LoadReportTests() => _holder = new("a", _store, new(TimeSpan.FromSeconds(10)), _time, static (_, _) => { });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_renewal_carries_the_mean_throughput_since_the_last_one()
    {
        var lease = await ClaimAsync(null);
        lease.CountBytes(400 * 1024);
        lease.CountBytes(400 * 1024);
        _time.Advance(TimeSpan.FromSeconds(4));

        await lease.RenewAsync(Token);

        Assert.Equal(200, (await _store.ReadLeaseAsync(Key, Token))!.ThroughputKBps);
    }

    [Fact]
    public async Task A_checkpoint_carries_it_too_because_a_lease_that_checkpoints_often_is_never_renewed()
    {
        var lease = await ClaimAsync(null);
        lease.CountBytes(100 * 1024);
        _time.Advance(TimeSpan.FromSeconds(2));

        await lease.WriteCheckpointAsync(new(SequenceNumber.FromBits(0, 1)), Token);

        Assert.Equal(50, (await _store.ReadLeaseAsync(Key, Token))!.ThroughputKBps);
    }

    [Fact]
    public async Task A_change_shows_by_half_after_three_durations()
    {
        var lease = await ClaimAsync(80);

        for (var second = 0; second < 30; second += 5)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            await lease.RenewAsync(Token);
        }

        Assert.Equal(40, (await _store.ReadLeaseAsync(Key, Token))!.ThroughputKBps!.Value, 3);
    }

    [Fact]
    public async Task A_shard_without_records_has_no_throughput()
    {
        var lease = await ClaimAsync(null);
        _time.Advance(TimeSpan.FromSeconds(4));

        await lease.RenewAsync(Token);

        Assert.Null((await _store.ReadLeaseAsync(Key, Token))!.ThroughputKBps);
    }

    [Fact]
    public async Task Two_writes_at_the_same_moment_do_not_divide_by_nothing()
    {
        var lease = await ClaimAsync(null);
        lease.CountBytes(1024);

        await lease.RenewAsync(Token);
        await lease.RenewAsync(Token);

        Assert.Null((await _store.ReadLeaseAsync(Key, Token))!.ThroughputKBps);
    }

    [Fact]
    public async Task The_first_report_has_no_cpu_and_later_ones_keep_the_last_ten_averages()
    {
        var measured = 0;
        var reporter = Reporter(() => measured++);

        await reporter.BeginAsync(Token);
        var first = await ReportAsync();
        for (var i = 0; i < 12; i++)
            await reporter.ReportAsync(Token);
        var last = await ReportAsync();

        Assert.Empty(first.Metrics);
        Assert.Equal([3, 4, 5, 6, 7, 8, 9, 10, 11, 12], last.Metrics["C"]);
        Assert.Equal(100, last.OperatingRanges["C"]);
    }

    [Theory]
    [InlineData(double.NaN, -1)]
    [InlineData(-3, -1)]
    [InlineData(250, 100)]
    [InlineData(12.3456785, 12.345679)]
    public async Task A_value_is_a_percentage_or_a_failed_capture(double measured, double expected)
    {
        var reporter = Reporter(() => measured);

        await reporter.ReportAsync(Token);

        Assert.Equal([expected], (await ReportAsync()).Metrics["C"]);
    }

    [Fact]
    public async Task A_source_that_throws_costs_the_worker_neither_its_report_nor_its_leases()
    {
        var reporter = Reporter(() => throw new IOException("no counter"));

        await reporter.ReportAsync(Token);

        Assert.Equal([-1], (await ReportAsync()).Metrics["C"]);
    }

    [Fact]
    public void The_process_measures_its_own_cpu()
    {
        var percent = ProcessIdentity.NewCpuUtilization(TimeProvider.System)();

        Assert.True(double.IsFinite(percent) && percent >= 0, $"{percent}");
    }

    private WorkerReporter Reporter(Func<double> cpu) => new(_holder, [], new(_time, new Random(1), () => "id", NullLogger.Instance), cpu);

    private async Task<WorkerReport> ReportAsync() => (await _store.ReadTableAsync(Token)).Workers.Single();

    private async Task<HeldLease> ClaimAsync(double? throughput)
    {
        await _store.WriteLeaseAsync(new CreateLease(new Lease
        {
            LeaseKey = Key, ShardId = Key, Owner = "a", Checkpoint = ExtendedSequenceNumber.TrimHorizon, ThroughputKBps = throughput,
        }), Token);
        var claimed = await _store.WriteLeaseAsync(new ClaimLease(Key, "a"), Token);
        return new(_holder, claimed.Lease!, _time.GetTimestamp());
    }
}
