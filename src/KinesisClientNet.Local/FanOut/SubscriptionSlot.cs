namespace KinesisClientNet.Local.FanOut;

/// <summary>What a consumer holds of one shard: at most one live subscription, and when the last calls were. The stream's lock guards it.</summary>
internal sealed class SubscriptionSlot
{
    public LocalSubscription? Live { get; set; }

    public DateTimeOffset LastCall { get; set; } = DateTimeOffset.MinValue;

    public DateTimeOffset LastSuccess { get; set; } = DateTimeOffset.MinValue;
}
