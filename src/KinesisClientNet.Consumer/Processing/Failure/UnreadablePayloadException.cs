namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>The serializer threw; travels from a handler of messages to the handler of records around it, never to users.</summary>
internal sealed class UnreadablePayloadException(Exception cause) : Exception(cause.Message, cause);
