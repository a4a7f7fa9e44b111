using System.Collections.Immutable;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Benchmarks;

/// <summary>One reading of the table by the leader, with its plan: 1,000 shards and 20 workers.</summary>
public class LeasePlannerBenchmarks
{
    private const int Shards = 1_000;
    private const int Workers = 20;
    private static readonly LeaseTiming Timing = new(TimeSpan.FromSeconds(10));
    private static readonly LeasePlanLimits Limits = new(Timing.Duration, TimeSpan.FromSeconds(30), Timing.ReportLimit, int.MaxValue, 50);
    private static readonly DateTimeOffset WallNow = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Now = TimeSpan.FromHours(1);
    private readonly LeaseTable _even = Table(i => i % Workers, Workers);
    private readonly LeaseTable _new = Table(_ => null, Workers);
    private readonly LeaseTable _grown = Table(i => i % Workers, Workers * 2);

    /// <summary>Nothing is to be done.</summary>
    [Benchmark(Baseline = true)]
    public int Even() => Plan(_even);

    /// <summary>Every lease is free.</summary>
    [Benchmark]
    public int AllFree() => Plan(_new);

    /// <summary>The fleet has doubled: leases are handed over.</summary>
    [Benchmark]
    public int FleetDoubled() => Plan(_grown);

    private static int Plan(LeaseTable table) => LeasePlanner.Plan(table, LeaseWatch.Empty.Observe(table, Now, WallNow), Now, Limits).Moves.Length;

    private static LeaseTable Table(Func<int, int?> ownerOf, int workers) => new(
        [
            .. Enumerable.Range(0, Shards).Select(i => new Lease
            {
                LeaseKey = string.Create(CultureInfo.InvariantCulture, $"shardId-{i:D12}"),
                ShardId = string.Create(CultureInfo.InvariantCulture, $"shardId-{i:D12}"),
                Owner = ownerOf(i) is { } owner ? NameOf(owner) : null,
                Counter = 7,
                Checkpoint = new ExtendedSequenceNumber(SequenceNumber.FromBits(1, (UInt128)i)),
            }),
        ],
        [.. Enumerable.Range(0, workers).Select(i => new WorkerReport(NameOf(i), WallNow))]);

    private static string NameOf(int worker) => string.Create(CultureInfo.InvariantCulture, $"worker-{worker:D3}");
}
