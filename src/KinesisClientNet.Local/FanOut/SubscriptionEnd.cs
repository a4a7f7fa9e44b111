namespace KinesisClientNet.Local.FanOut;

/// <summary>Why a subscription ends.</summary>
internal enum SubscriptionEnd
{
    /// <summary>It goes on.</summary>
    None = 0,

    /// <summary>Its reader disposed it.</summary>
    Disposed,

    /// <summary>A later SubscribeToShard took the shard over.</summary>
    TakenOver,

    /// <summary>Its consumer or its stream was removed.</summary>
    ConsumerGone,
}
