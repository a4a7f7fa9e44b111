namespace KinesisClientNet.Local.Server.Wire;

/// <summary>The two body formats of Kinesis. An answer always has the format of its request.</summary>
internal enum BodyFormat
{
    Json,
    Cbor,
}

/// <summary>The formats' content types.</summary>
internal static class BodyFormats
{
    public const string Json = "application/x-amz-json-1.1";
    public const string Cbor = "application/x-amz-cbor-1.1";
    public const string EventStream = "application/vnd.amazon.eventstream";

    public static string ContentType(this BodyFormat format) => format == BodyFormat.Cbor ? Cbor : Json;

    /// <summary>Reads a Content-Type header; parameters such as a charset do not count.</summary>
    public static BodyFormat? Parse(string? contentType)
    {
        var media = contentType.AsSpan();
        var semicolon = media.IndexOf(';');
        media = (semicolon < 0 ? media : media[..semicolon]).Trim();
        if (media.Equals(Json, StringComparison.OrdinalIgnoreCase) || media.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return BodyFormat.Json;
        return media.Equals(Cbor, StringComparison.OrdinalIgnoreCase) ? BodyFormat.Cbor : null;
    }
}
