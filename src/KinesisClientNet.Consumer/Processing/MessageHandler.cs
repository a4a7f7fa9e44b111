using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Core;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>Reads a record's payload and hands the message over; tells a payload that cannot be read from a handler that fails.</summary>
internal sealed class MessageHandler<T>(ISerializer<T> serializer, Func<T, ConsumedRecord, CancellationToken, ValueTask> handle)
{
    public ValueTask HandleAsync(ConsumedRecord record, ShardContext shard, CancellationToken stopping)
    {
        T message;
        try
        {
            message = serializer.Deserialize(record.Data.Span);
        }
        catch (Exception error)
        {
            throw new UnreadablePayloadException(error);
        }

        return handle(message, record, stopping);
    }
}
