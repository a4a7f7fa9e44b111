using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KinesisClientNet.Local.Server.Wire;

/// <summary>Writes <c>application/x-amz-json-1.1</c>: base64 blobs, times in epoch seconds.</summary>
internal sealed class JsonBodyWriter : BodyWriter
{
    private readonly Utf8JsonWriter _json;

    public JsonBodyWriter() => _json = new Utf8JsonWriter(
        Body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    public override void StartMap() => _json.WriteStartObject();

    public override void StartMap(ReadOnlySpan<byte> name) => _json.WriteStartObject(name);

    public override void EndMap() => _json.WriteEndObject();

    public override void StartList(ReadOnlySpan<byte> name) => _json.WriteStartArray(name);

    public override void EndList() => _json.WriteEndArray();

    public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<char> value) => _json.WriteString(name, value);

    public override void Ascii(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => _json.WriteString(name, value);

    public override void Number(ReadOnlySpan<byte> name, long value) => _json.WriteNumber(name, value);

    public override void Flag(ReadOnlySpan<byte> name, bool value) => _json.WriteBoolean(name, value);

    public override void Blob(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => _json.WriteBase64String(name, value);

    public override void Time(ReadOnlySpan<byte> name, DateTimeOffset value)
    {
        Span<byte> text = stackalloc byte[32];
        var (seconds, milliseconds) = Math.DivRem(value.ToUnixTimeMilliseconds(), 1000);
        Utf8Formatter.TryFormat(seconds, text, out var length);
        if (milliseconds > 0)
        {
            text[length++] = (byte)'.';
            Utf8Formatter.TryFormat(milliseconds, text[length..], out var decimals, new('D', 3));
            length += decimals;
        }

        _json.WritePropertyName(name);
        _json.WriteRawValue(text[..length], skipInputValidation: true);
    }

    public override void Item(ReadOnlySpan<char> value) => _json.WriteStringValue(value);

    public override void Complete() => _json.Flush();

    public override void Reset()
    {
        base.Reset();
        _json.Reset(Body);
    }

    public override void Dispose()
    {
        _json.Dispose();
        base.Dispose();
    }
}
