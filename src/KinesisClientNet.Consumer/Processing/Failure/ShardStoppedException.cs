namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>The failure policy ends the shard; travels from the delivery to its worker, never to users.</summary>
internal sealed class ShardStoppedException(Exception? cause, bool stopsConsumer, string message) : Exception(message, cause)
{
    public bool StopsConsumer => stopsConsumer;
}
