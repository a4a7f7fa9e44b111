namespace KinesisClientNet.Producer.Collecting;

/// <summary>What the collector is told. Everything that changes its state comes through one channel.</summary>
internal enum CollectorSignal
{
    /// <summary>Look again: time has passed.</summary>
    Wake = 0,

    /// <summary>A window was begun (<c>OutboundRecord</c>): its deadline runs.</summary>
    Opened,

    /// <summary>A Kinesis record is ready (<c>OutboundRecord</c>).</summary>
    Sealed,

    /// <summary>A call is over, and its records are judged (<c>PutRecordsBatch</c>).</summary>
    Settled,

    /// <summary>The shard map was read (<c>ShardMap</c>); null when it cannot be read.</summary>
    MapLoaded,

    /// <summary>Send everything that is there now.</summary>
    Flush,

    /// <summary>Callers wait for room: let go of the oldest records.</summary>
    MakeRoom,

    /// <summary>Fail everything and end.</summary>
    Abort,
}

/// <summary>A message to the collector.</summary>
internal readonly record struct CollectorMessage(CollectorSignal Signal, object? Payload = null);
