using System.Diagnostics;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>A record as the caller gave it, with what the pipeline worked out about it. Lives on the stack: content is copied when it is appended.</summary>
internal readonly ref struct UserRecord
{
    internal required string? PartitionKey { get; init; }

    internal required ReadOnlySpan<byte> KeyUtf8 { get; init; }

    internal required ReadOnlySpan<byte> Data { get; init; }

    /// <summary>The caller's own explicit hash key, carried to consumers.</summary>
    internal UInt128? ExplicitHashKey { get; init; }

    /// <summary>What decides the shard: the explicit hash key or the key's MD5.</summary>
    internal UInt128 HashKey { get; init; }

    internal object? State { get; init; }

    /// <summary>What the caller was doing, when somebody traces; its context is linked to the calls that carry the record.</summary>
    internal Activity? Caller { get; init; }

    /// <summary>The W3C traceparent that it carries to the consumer; null when it carries none.</summary>
    internal string? TraceParent { get; init; }

    /// <summary>What the buffer's budget holds for it until its outcome is known.</summary>
    internal int Cost { get; init; }

    /// <summary>When it was accepted, in the clock's ticks.</summary>
    internal long ArrivedAt { get; init; }
}
