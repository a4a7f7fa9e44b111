using System.Buffers;
using System.Globalization;

namespace KinesisClientNet.Local.Streams;

/// <summary>The constraints of request members, refused in the service's words (Kinesis API reference, data types).</summary>
internal static class Shapes
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    /// <summary>1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>: stream names, consumer names, shard ids.</summary>
    public static string Name(string? value, string path)
    {
        if (value is null)
            throw ServiceRefusal.Validation("null", path, "not be null");
        if (value.Length is 0 or > 128)
            throw ServiceRefusal.Validation(value, path, "have length between 1 and 128");
        if (value.AsSpan().ContainsAnyExcept(NameCharacters))
            throw ServiceRefusal.Validation(value, path, "satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
        return value;
    }

    public static int Range(int value, string path, int least, int greatest)
    {
        if (value < least)
            throw ServiceRefusal.Validation(value.ToString(CultureInfo.InvariantCulture), path, $"have value greater than or equal to {least}");
        if (value > greatest)
            throw ServiceRefusal.Validation(value.ToString(CultureInfo.InvariantCulture), path, $"have value less than or equal to {greatest}");
        return value;
    }

    public static string OneOf(string? value, string path, params ReadOnlySpan<string> words) =>
        value is not null && words.Contains(value)
            ? value
            : throw ServiceRefusal.Validation(value ?? "null", path, $"satisfy enum value set: [{string.Join(", ", words!)}]");
}
