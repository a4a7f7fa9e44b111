using System.Globalization;
using System.Text.Json;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Json;

/// <summary>Reads the members of JSON objects as leniently as servers write them: nulls are absent members, unknown members are skipped.</summary>
internal static class JsonFields
{
    /// <summary>Our answers nest four deep; what is deeper is no answer.</summary>
    public const int MaxDepth = 32;

    public static Utf8JsonReader ReaderOf(ReadOnlySpan<byte> body) => new(body, new JsonReaderOptions { MaxDepth = MaxDepth });

    /// <summary>Moves to the first token, which must open an object.</summary>
    public static void StartDocument(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject);
    }

    /// <summary>Moves to the value after a property's name; false for null.</summary>
    public static bool StartValue(ref Utf8JsonReader reader, JsonTokenType expected)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return false;
        Expect(ref reader, expected);
        return true;
    }

    /// <summary>Moves to the next property's name; false at the end of the object.</summary>
    public static bool NextProperty(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Moves to the next object of an array; false at its end. Null elements are refused.</summary>
    public static bool NextObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndArray)
            return false;
        Expect(ref reader, JsonTokenType.StartObject);
        return true;
    }

    /// <summary>Skips the value after a property's name.</summary>
    public static void SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }

    public static string? ReadString(ref Utf8JsonReader reader) => StartValue(ref reader, JsonTokenType.String) ? reader.GetString() : null;

    /// <summary>A text that comes often.</summary>
    public static string? ReadInterned(ref Utf8JsonReader reader, Utf8Interner interner)
    {
        if (!StartValue(ref reader, JsonTokenType.String))
            return null;
        return reader.ValueIsEscaped ? reader.GetString() : interner.Get(reader.ValueSpan);
    }

    public static bool? ReadBoolean(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? null : reader.GetBoolean();
    }

    /// <summary>A number; a fraction is cut off.</summary>
    public static long? ReadInt64(ref Utf8JsonReader reader)
    {
        if (!StartValue(ref reader, JsonTokenType.Number))
            return null;
        if (reader.TryGetInt64(out var value))
            return value;
        var number = reader.GetDouble();
        return number is >= -9.2233720368547758E+18 and < 9.2233720368547758E+18 ? (long)number : throw new FormatException($"{number:R} is no 64-bit number.");
    }

    public static int? ReadInt32(ref Utf8JsonReader reader) => ReadInt64(ref reader) switch
    {
        null => null,
        >= int.MinValue and <= int.MaxValue and var value => (int)value,
        var value => throw new FormatException($"{value} is no 32-bit number."),
    };

    public static DateTimeOffset? ReadTime(ref Utf8JsonReader reader) =>
        StartValue(ref reader, JsonTokenType.Number) ? WireTimestamp.FromNumber(reader.GetDouble()) : null;

    /// <summary>A sequence number, without a string where the text is plain.</summary>
    public static SequenceNumber? ReadSequenceNumber(ref Utf8JsonReader reader)
    {
        if (!StartValue(ref reader, JsonTokenType.String))
            return null;
        var isNumber = reader.ValueIsEscaped
            ? SequenceNumber.TryParse(reader.GetString(), out var number)
            : SequenceNumber.TryParse(reader.ValueSpan, out number);
        return isNumber ? number : throw new FormatException("A sequence number is no decimal number.");
    }

    public static UInt128? ReadHashKey(ref Utf8JsonReader reader) => ReadString(ref reader) switch
    {
        null => null,
        var text => UInt128.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var key)
            ? key
            : throw new FormatException("A hash key is no number of 0 to 2^128-1."),
    };

    /// <summary>A member that the service always sends.</summary>
    public static T Require<T>(T? value, string member)
        where T : class => value ?? throw new FormatException($"The answer has no {member}.");

    /// <summary>A member that the service always sends.</summary>
    public static T Require<T>(T? value, string member)
        where T : struct => value ?? throw new FormatException($"The answer has no {member}.");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType expected)
    {
        if (reader.TokenType != expected)
            throw new FormatException($"JSON at byte {reader.TokenStartIndex}: expected {expected}, found {reader.TokenType}.");
    }
}
