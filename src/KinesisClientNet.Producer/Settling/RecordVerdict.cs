namespace KinesisClientNet.Producer.Settling;

/// <summary>What is to become of a Kinesis record that was sent.</summary>
internal enum SettleAction
{
    /// <summary>Stored where its consumers will accept it.</summary>
    Deliver = 0,

    /// <summary>Send it again.</summary>
    Retry,

    /// <summary>Stored on a shard whose range does not hold all its keys: a KCL drops it there. Send all of it again.</summary>
    Misplaced,

    /// <summary>Stored on a shard that the map does not know: refresh, then judge.</summary>
    AwaitMap,

    /// <summary>The service refuses it or something beside it in its call: send each half of the call alone.</summary>
    Halve,

    /// <summary>The service refuses this aggregate: send its user records one by one.</summary>
    Unpack,

    /// <summary>Over.</summary>
    Fail,
}

/// <summary>The decision for one Kinesis record.</summary>
/// <param name="Action">What is to become of it.</param>
/// <param name="Class">For failures: their class.</param>
/// <param name="Reason">For <see cref="SettleAction.Fail"/>: what its records are told.</param>
/// <param name="RefreshesMap">True when it shows that the shard map is old.</param>
internal readonly record struct RecordVerdict(
    SettleAction Action, FailureClass Class = FailureClass.Transient, RecordFailureReason Reason = default, bool RefreshesMap = false);
