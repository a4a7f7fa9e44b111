using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace KinesisClientNet.Core;

/// <summary>
/// Messages as JSON in UTF-8, by System.Text.Json's generated code: no reflection, so it is safe for trimming and native programs. Thread-safe; one
/// for each message type of a <c>JsonSerializerContext</c>.
/// </summary>
/// <typeparam name="T">The message.</typeparam>
/// <param name="type">What the generator knows of the type: <c>OrdersContext.Default.Order</c>.</param>
public sealed class JsonMessageSerializer<T>(JsonTypeInfo<T> type) : ISerializer<T>
{
    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    private readonly JsonTypeInfo<T> _type = type ?? throw new ArgumentNullException(nameof(type));

    /// <inheritdoc/>
    /// <exception cref="JsonException">The message cannot be written.</exception>
    public void Serialize(T message, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var writer = t_writer ?? new Utf8JsonWriter(output);
        t_writer = null; // a converter may serialize another message meanwhile
        writer.Reset(output);
        JsonSerializer.Serialize(writer, message, _type);
        writer.Flush();
        t_writer = writer;
    }

    /// <inheritdoc/>
    /// <exception cref="JsonException">The payload is no JSON of this type, or is <c>null</c>.</exception>
    public T Deserialize(ReadOnlySpan<byte> data) => JsonSerializer.Deserialize(data, _type)
        ?? throw new JsonException($"The payload is JSON null where a {typeof(T).Name} is expected.");
}
