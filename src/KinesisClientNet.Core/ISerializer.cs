using System.Buffers;

namespace KinesisClientNet.Core;

/// <summary>Turns messages into payloads and back, for the typed sides of the producer and the consumer. Implementations must be thread-safe.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface ISerializer<T>
{
    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="output">Where its bytes go.</param>
    void Serialize(T message, IBufferWriter<byte> output);

    /// <summary>Reads a message. An exception marks the payload as unreadable: the consumer's failure policy decides about its record.</summary>
    /// <param name="data">The payload; not valid after the call.</param>
    /// <returns>The message.</returns>
    T Deserialize(ReadOnlySpan<byte> data);
}
