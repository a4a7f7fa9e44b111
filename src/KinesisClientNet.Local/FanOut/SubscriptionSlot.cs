namespace KinesisClientNet.Local.FanOut;

/// <summary>What a consumer holds of one shard: at most one live subscription, and when the last calls were. The stream's lock guards it.</summary>
internal sealed class SubscriptionSlot
{
    public LocalSubscription? Live { get; set; }

    /// <summary>A timestamp of the monotonic clock: a wall clock that is set back must not keep a subscription for longer.</summary>
    public long? LastCall { get; set; }

    /// <summary>A timestamp of the monotonic clock.</summary>
    public long? LastSuccess { get; set; }
}
