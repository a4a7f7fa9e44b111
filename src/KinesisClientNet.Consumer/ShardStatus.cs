using System.Globalization;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer;

/// <summary>Why a shard moves or does not move. An immutable snapshot.</summary>
public sealed record ShardStatus
{
    /// <summary>The shard.</summary>
    public required string ShardId { get; init; }

    /// <summary>The key of its lease: tells shards of several streams apart. The shard's id in a single-stream application.</summary>
    /// <value>Empty when nobody set it.</value>
    public string LeaseKey { get; init; } = "";

    /// <summary>Why it stands where it stands.</summary>
    public required ShardReason Reason { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How long that is.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>What exactly: the parent, the record and attempt, the service's message. Never a payload or a key.</summary>
    /// <value>Empty when there is nothing to add.</value>
    public string Detail { get; init; } = "";

    /// <summary>Whether somebody should look: failures, throttles, a handler that runs for longer than <see cref="ProcessingOptions.HandlerWarningAfter"/>.</summary>
    public bool IsDegraded { get; init; }

    /// <summary>The exception behind it; else null.</summary>
    public Exception? Error { get; init; }

    /// <summary>How far the last page was behind the tip; null when nothing was read yet or the service did not say.</summary>
    public TimeSpan? Lag { get; init; }

    /// <summary>The last position that the lease store has.</summary>
    public ExtendedSequenceNumber Checkpoint { get; init; }

    /// <summary>Up to where everything is done; null when nothing is since this worker has the shard.</summary>
    public ExtendedSequenceNumber? Done { get; init; }

    /// <summary>Bytes of fetched records that are not handled.</summary>
    public long HeldBytes { get; init; }

    /// <summary>One line for people.</summary>
    /// <returns>For instance <c>shardId-000000000007: HandlerRunning for 312 s</c>.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(LeaseKey.Length > 0 ? LeaseKey : ShardId)}: {Reason} for {Duration.TotalSeconds:0} s{(Detail.Length > 0 ? ", " : "")}{Detail}{(Error is null ? "" : $" ({Error.GetType().Name}: {Error.Message})")}");
}
