using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Json;

/// <summary>Builds the body of a call whose size does not matter. Members that are null are left out. Dispose it by taking the body.</summary>
internal readonly struct JsonRequest
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly PooledBuffer _buffer;
    private readonly Utf8JsonWriter _writer;

    private JsonRequest(PooledBuffer buffer, Utf8JsonWriter writer) => (_buffer, _writer) = (buffer, writer);

    public static JsonRequest Start()
    {
        var buffer = new PooledBuffer();
        var writer = new Utf8JsonWriter(buffer, Options);
        writer.WriteStartObject();
        return new(buffer, writer);
    }

    /// <summary>A request that names a stream: by its ARN where there is one, because only the ARN crosses accounts.</summary>
    public static JsonRequest For(StreamReference stream) =>
        stream.Arn is not null ? Start().Add("StreamARN", stream.Arn)
        : stream.Name is not null ? Start().Add("StreamName", stream.Name)
        : throw new ArgumentException("The stream has neither a name nor an ARN.", nameof(stream));

    public JsonRequest Add(string name, string? value)
    {
        if (value is not null)
            _writer.WriteString(name, value);
        return this;
    }

    public JsonRequest Add(string name, int? value)
    {
        if (value is { } number)
            _writer.WriteNumber(name, number);
        return this;
    }

    public JsonRequest Add(string name, bool value)
    {
        _writer.WriteBoolean(name, value);
        return this;
    }

    public JsonRequest Add(string name, UInt128 value)
    {
        _writer.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        return this;
    }

    public JsonRequest Add(string name, SequenceNumber? value)
    {
        if (value is { } number)
            _writer.WriteString(name, number.ToString());
        return this;
    }

    /// <summary>Seconds since 1970 with three decimals.</summary>
    public JsonRequest Add(string name, DateTimeOffset? value)
    {
        if (value is { } time)
            _writer.WriteNumber(name, time.ToUnixTimeMilliseconds() / 1000m);
        return this;
    }

    public JsonRequest Open(string name)
    {
        _writer.WriteStartObject(name);
        return this;
    }

    public JsonRequest Close()
    {
        _writer.WriteEndObject();
        return this;
    }

    /// <summary>A position's members: its type under the given name, and what the type needs.</summary>
    public JsonRequest AddPosition(StartingPosition position, string typeName, string sequenceName)
    {
        Add(typeName, WireNames.Of(position.Type));
        return position.Type switch
        {
            StartingPositionType.AtSequenceNumber or StartingPositionType.AfterSequenceNumber => Add(sequenceName, (SequenceNumber?)position.SequenceNumber),
            StartingPositionType.AtTimestamp => Add("Timestamp", (DateTimeOffset?)position.Timestamp),
            _ => this,
        };
    }

    /// <summary>The finished body; the caller owns it.</summary>
    public PooledBuffer Finish()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        _writer.Dispose();
        return _buffer;
    }
}
