using System.Collections.Immutable;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>What a worker tells the leader about itself (KCL's worker-metric item). A worker without a fresh report gets no leases.</summary>
/// <param name="WorkerId">The worker; it shares the key space with the leases, so it must differ from every lease key.</param>
/// <param name="UpdatedAt">When it was written, by the worker's own clock; kept to the second (<c>lut</c>).</param>
public sealed record WorkerReport(string WorkerId, DateTimeOffset UpdatedAt)
{
    /// <summary>The streams that a worker of a multi-stream application lists, as <c>account:stream:epoch</c>. Empty for Java workers and in single-stream applications.</summary>
    public ImmutableArray<string> Streams { get; init; } = [];

    /// <summary>Whether the worker may become the leader. Java workers always may.</summary>
    public bool CanLead { get; init; } = true;

    /// <summary>Per short name (<c>C</c> = CPU) the last averages, oldest first, in per cent; -1 where the capture failed (<c>sts</c>). Empty: balance by throughput.</summary>
    public ImmutableDictionary<string, ImmutableArray<double>> Metrics { get; init; } = ImmutableDictionary<string, ImmutableArray<double>>.Empty;

    /// <summary>Per short name the highest utilisation that the worker wants, in per cent (<c>opr</c>). Same names as <see cref="Metrics"/>.</summary>
    public ImmutableDictionary<string, long> OperatingRanges { get; init; } = ImmutableDictionary<string, long>.Empty;
}
