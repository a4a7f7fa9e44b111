using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Cbor;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>
/// Reads a PutRecords body in place: CBOR payloads are slices of it, JSON payloads are decoded into one pooled buffer. It takes only
/// requests that break no rule; everything else is left to the ordinary way. The request is valid until disposal.
/// </summary>
internal sealed class PutRecordsBody : IDisposable
{
    private const int MostRecords = 500;
    private const int MostKeyCharacters = 256;
    private const int MostDataBytes = 10_485_760;

    private readonly PutRecordsEntry[] _entries = ArrayPool<PutRecordsEntry>.Shared.Rent(MostRecords);
    private int _count;
    private string? _name;
    private string? _arn;
    private PooledBuffer? _payloads;

    public PutRecordsRequest Request => new(new(_name, _arn), _entries.AsMemory(0, _count));

    /// <summary>False when the body is odd in any way.</summary>
    public bool TryRead(ReadOnlyMemory<byte> body, BodyFormat format)
    {
        try
        {
            var isPlain = format == BodyFormat.Cbor ? TryReadCbor(body) : TryReadJson(body.Span);
            return isPlain && _count > 0 && (_name is null ? _arn is not null && TextPattern.StreamArn.Matches(_arn) : IsName(_name) && _arn is null);
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            return false; // broken: the ordinary way refuses it in the service's words
        }
    }

    public void Dispose()
    {
        ArrayPool<PutRecordsEntry>.Shared.Return(_entries, clearArray: true);
        _payloads?.Dispose();
    }

    private bool TryReadCbor(ReadOnlyMemory<byte> body)
    {
        var reader = new CborSpanReader(body.Span);
        var map = reader.ReadMapStart();
        while (reader.MoveNext(ref map))
        {
            var name = reader.ReadText();
            if (name.SequenceEqual("Records"u8) && _count == 0)
            {
                var list = reader.ReadArrayStart();
                while (reader.MoveNext(ref list))
                {
                    if (!TryReadEntry(ref reader, body))
                        return false;
                }
            }
            else if (name.SequenceEqual("StreamName"u8))
                _name = reader.ReadTextAsString();
            else if (name.SequenceEqual("StreamARN"u8))
                _arn = reader.ReadTextAsString();
            else
                return false;
        }

        return reader.Remaining == 0;
    }

    private bool TryReadEntry(ref CborSpanReader reader, ReadOnlyMemory<byte> body)
    {
        string? key = null;
        ReadOnlyMemory<byte>? data = null;
        UInt128? hashKey = null;
        var map = reader.ReadMapStart();
        while (reader.MoveNext(ref map))
        {
            var name = reader.ReadText();
            if (name.SequenceEqual("Data"u8))
            {
                var length = reader.ReadString(CborMajor.Bytes, out var offset).Length;
                if (offset < 0)
                    return false;
                data = body.Slice(offset, length);
            }
            else if (name.SequenceEqual("PartitionKey"u8))
                key = reader.ReadTextAsString();
            else if (!name.SequenceEqual("ExplicitHashKey"u8) || (!reader.TryReadNull() && !TryReadHashKey(reader.ReadText(), out hashKey)))
                return false;
        }

        return TryAdd(data, key, hashKey);
    }

    private bool TryReadJson(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("Records"u8) && _count == 0)
            {
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                    return false;

                // Decoded base64 is shorter than its text, so the buffer never moves under the slices.
                _payloads ??= new(body.Length);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType != JsonTokenType.StartObject || !TryReadEntry(ref reader))
                        return false;
                }
            }
            else if (reader.ValueTextEquals("StreamName"u8))
                _name = reader.Read() ? reader.GetString() : null;
            else if (reader.ValueTextEquals("StreamARN"u8))
                _arn = reader.Read() ? reader.GetString() : null;
            else
                return false;
        }

        return !reader.Read();
    }

    private bool TryReadEntry(ref Utf8JsonReader reader)
    {
        string? key = null;
        ReadOnlyMemory<byte>? data = null;
        UInt128? hashKey = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueTextEquals("Data"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped || !TryDecode(reader.ValueSpan, out data))
                    return false;
            }
            else if (reader.ValueTextEquals("PartitionKey"u8))
                key = reader.Read() ? reader.GetString() : null;
            else if (!reader.ValueTextEquals("ExplicitHashKey"u8) || !reader.Read())
                return false;
            else if (reader.TokenType != JsonTokenType.Null
                && (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped || !TryReadHashKey(reader.ValueSpan, out hashKey)))
                return false;
        }

        return TryAdd(data, key, hashKey);
    }

    private bool TryAdd(ReadOnlyMemory<byte>? data, string? key, UInt128? hashKey)
    {
        if (_count == MostRecords || data is not { Length: <= MostDataBytes } || key is not { Length: > 0 and <= MostKeyCharacters })
            return false;
        _entries[_count++] = new(data.Value, key, hashKey);
        return true;
    }

    private bool TryDecode(ReadOnlySpan<byte> base64, out ReadOnlyMemory<byte>? data)
    {
        data = null;
        var start = _payloads!.Length;
        var target = _payloads.GetSpan(Base64.GetMaxDecodedFromUtf8Length(base64.Length) + 1);
        if (base64.Length % 4 != 0 || Base64.DecodeFromUtf8(base64, target, out _, out var length) != OperationStatus.Done)
            return false;

        // White space is skipped by the decoder but refused by the service: the lengths then do not fit.
        if (length < (base64.Length / 4 * 3) - 2)
            return false;
        _payloads.Advance(length);
        data = _payloads.WrittenMemory[start..];
        return true;
    }

    private static bool TryReadHashKey(ReadOnlySpan<byte> digits, out UInt128? hashKey)
    {
        hashKey = null;
        if (digits is [(byte)'0', _, ..] || !UInt128.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            return false;
        hashKey = value;
        return true;
    }

    private static bool IsName(string name) => name.Length is > 0 and <= 128 && TextPattern.Name.Matches(name);
}
