using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>Where a consumer stands that has handled a whole Kinesis record.</summary>
internal static class LastPositions
{
    /// <summary>The position of the last user record in it: an aggregate is only done when all that is packed in it is.</summary>
    public static ExtendedSequenceNumber Of(in KinesisRecord record)
    {
        var packed = new List<AggregatedUserRecord>();
        return AggregatedRecordReader.TryRead(record.Data, packed) && packed.Count > 1 ? new(record.SequenceNumber, packed.Count - 1) : new(record.SequenceNumber);
    }
}
