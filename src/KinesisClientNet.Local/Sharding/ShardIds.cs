using System.Globalization;

namespace KinesisClientNet.Local.Sharding;

/// <summary>Shard ids: <c>shardId-</c> and twelve digits.</summary>
internal static class ShardIds
{
    private const string Prefix = "shardId-";

    public static string Format(int index) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{index:D12}");

    /// <summary>Takes any number of digits, as the service normalises them; -1 for anything else.</summary>
    public static int Parse(string? shardId) =>
        shardId is not null && shardId.StartsWith(Prefix, StringComparison.Ordinal) &&
        int.TryParse(shardId.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : -1;
}
