using System.Text.Json;
using KinesisClientNet.Core.Service.Cbor;

namespace KinesisClientNet.Local.Server.Wire;

/// <summary>Reads a whole request body into a <see cref="WireValue"/>. Untrusted input: depth is bounded, every fault is a <see cref="FormatException"/>.</summary>
internal static class WireValueReader
{
    private const int MaxDepth = 32;

    public static WireValue Read(ReadOnlySpan<byte> body, BodyFormat format) => format == BodyFormat.Cbor ? ReadCbor(body) : ReadJson(body);

    private static WireValue ReadJson(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            var value = ReadJson(ref reader);
            return reader.Read() ? throw new FormatException("Content after the JSON value.") : value;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no valid UTF-8 or UTF-16.
            throw new FormatException("The body is not JSON.", exception);
        }
    }

    private static WireValue ReadJson(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = new Dictionary<string, WireValue>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    members[name] = ReadJson(ref reader);
                }

                return WireValue.Of(members);
            case JsonTokenType.StartArray:
                var items = new List<WireValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(ReadJson(ref reader));
                return WireValue.Of(items);
            case JsonTokenType.String:
                return WireValue.Of(reader.GetString()!);
            case JsonTokenType.Number:
                return WireValue.Of(reader.GetDouble());
            case JsonTokenType.True or JsonTokenType.False:
                return WireValue.Of(reader.GetBoolean());
            default:
                return WireValue.Null;
        }
    }

    private static WireValue ReadCbor(ReadOnlySpan<byte> body)
    {
        var reader = new CborSpanReader(body);
        var value = ReadCbor(ref reader, body, MaxDepth);
        return reader.Remaining > 0 ? throw new FormatException("Content after the CBOR value.") : value;
    }

    private static WireValue ReadCbor(ref CborSpanReader reader, ReadOnlySpan<byte> body, int depth)
    {
        if (depth == 0)
            throw new FormatException($"CBOR nested deeper than {MaxDepth}.");
        if (reader.TryReadNull())
            return WireValue.Null;
        switch (reader.PeekMajor())
        {
            case CborMajor.Map:
                var members = new Dictionary<string, WireValue>(StringComparer.Ordinal);
                var map = reader.ReadMapStart();
                while (reader.MoveNext(ref map))
                    members[reader.ReadTextAsString()] = ReadCbor(ref reader, body, depth - 1);
                return WireValue.Of(members);
            case CborMajor.Array:
                var items = new List<WireValue>();
                var array = reader.ReadArrayStart();
                while (reader.MoveNext(ref array))
                    items.Add(ReadCbor(ref reader, body, depth - 1));
                return WireValue.Of(items);
            case CborMajor.Text:
                return WireValue.Of(reader.ReadTextAsString());
            case CborMajor.Bytes:
                return WireValue.Of(reader.ReadBytes().ToArray());
            case CborMajor.Simple when body[reader.Position] is 0xF4 or 0xF5:
                return WireValue.Of(reader.ReadBoolean());
            default:
                return WireValue.Of(reader.ReadNumber());
        }
    }
}
