using System.Globalization;
using System.Text;
using System.Text.Json;
using KinesisClientNet.Core.Aggregation;

namespace KinesisClientNet.Core.Tests.Aggregation;

/// <summary>
/// The golden vectors. Every number of test cases comes from the file, so that another file of the same form, named by the environment
/// variable KINESISCLIENTNET_VECTORS, is judged by the same tests.
/// </summary>
internal static class AggregationVectors
{
    private const string PathVariable = "KINESISCLIENTNET_VECTORS";

    internal static JsonElement File { get; } = Load();

    /// <summary>The names of a section's entries, as theory data; an entry without a name gets its index.</summary>
    internal static IEnumerable<TheoryDataRow<int, string>> Names(string section)
    {
        if (!File.TryGetProperty(section, out var entries))
            yield break;
        var index = 0;
        foreach (var entry in entries.EnumerateArray())
            yield return new(index++, entry.TryGetProperty("name", out var name) ? name.GetString()! : entry.GetProperty("md5Hex").GetString()!);
    }

    internal static JsonElement Entry(string section, int index) => File.GetProperty(section)[index];

    internal static byte[] Bytes(this JsonElement entry, string property) => entry.GetProperty(property).GetBytesFromBase64();

    internal static string Text(this JsonElement entry, string property) => entry.GetProperty(property).GetString()!;

    internal static UInt128 Number(this JsonElement entry, string property) => UInt128.Parse(entry.Text(property), CultureInfo.InvariantCulture);

    /// <summary>The user records of an <c>inputs</c>, <c>userRecords</c> or <c>expectedUserRecords</c> array.</summary>
    internal static UserRecord[] Records(this JsonElement array) =>
    [
        .. array.EnumerateArray().Select(r => new UserRecord(
            r.Text("partitionKey"),
            r.TryGetProperty("explicitHashKey", out var ehk) && ehk.ValueKind == JsonValueKind.String ? UInt128.Parse(ehk.GetString()!, CultureInfo.InvariantCulture) : null,
            r.Bytes("dataBase64"))),
    ];

    internal static byte[] Encode(IEnumerable<UserRecord> records)
    {
        using var writer = new AggregatedRecordWriter();
        foreach (var record in records)
            writer.Append(Encoding.UTF8.GetBytes(record.Key), record.ExplicitHashKey, record.Data);
        var bytes = new byte[writer.SerializedBytes];
        Assert.Equal(bytes.Length, writer.WriteTo(bytes));
        return bytes;
    }

    private static JsonElement Load()
    {
        var path = Environment.GetEnvironmentVariable(PathVariable);
        path = string.IsNullOrEmpty(path) ? Path.Combine(AppContext.BaseDirectory, "aggregation-vectors.json") : path;
        using var document = JsonDocument.Parse(System.IO.File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }
}

/// <summary>A user record of a vector or a property test.</summary>
internal sealed record UserRecord(string Key, UInt128? ExplicitHashKey, byte[] Data)
{
    internal static UserRecord Of(AggregatedUserRecord record) => new(record.PartitionKey, record.ExplicitHashKey, record.Data.ToArray());

    public bool Equals(UserRecord? other) =>
        other is not null && Key == other.Key && ExplicitHashKey == other.ExplicitHashKey && Data.AsSpan().SequenceEqual(other.Data);

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"{Key}/{ExplicitHashKey}/{Convert.ToHexStringLower(Data)}";
}
