namespace KinesisClientNet.Consumer.Processing;

/// <summary>The waiting records of one partition key, in shard order.</summary>
internal sealed class Lane
{
    /// <summary>The key.</summary>
    public string Key { get; set; } = "";

    /// <summary>The records and their ordinals.</summary>
    public Queue<(ConsumedRecord Record, long Ordinal)> Waiting { get; } = new();

    /// <summary>Whether records of the key are being handled or wait for another delivery: nothing of it may overtake them.</summary>
    public bool IsBusy { get; set; }
}

/// <summary>Records that are handled together and the keys that wait for them. What has failed stands in <see cref="Todo"/>, first things on top.</summary>
internal sealed class LaneWork(IReadOnlyList<Lane> lanes)
{
    public IReadOnlyList<Lane> Lanes => lanes;

    public Stack<Segment> Todo { get; } = new(1);

    public bool HasFailed { get; set; }

    /// <summary>The pooled memory of a fresh batch.</summary>
    public ConsumedRecord[]? Rented { get; init; }
}
