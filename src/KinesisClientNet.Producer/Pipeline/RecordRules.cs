using System.Buffers;
using System.Text.Unicode;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>What the service accepts in a record, checked where the caller still stands (kpl.md 6.1; a bad record would poison its whole call).</summary>
internal static class RecordRules
{
    /// <summary>256 code points of at most four bytes.</summary>
    internal const int StackKeyBytes = 1024;

    /// <summary>No stream takes more, data and key together.</summary>
    internal const int MaxRecordBytes = 10 * 1024 * 1024;
    private const int MaxKeyCodePoints = 256;

    /// <summary>Whether a key is certainly good; a doubtful one is looked at by <see cref="CheckedKey"/>.</summary>
    internal static bool IsGoodKey(string? key) => key is { Length: > 0 and <= MaxKeyCodePoints } && System.Text.Ascii.IsValid(key);

    /// <summary>Checks a partition key and encodes it.</summary>
    /// <exception cref="ArgumentException">The key is empty, too long or not valid Unicode.</exception>
    internal static ReadOnlySpan<byte> CheckedKey(string? partitionKey, Span<byte> utf8, bool maybeMissing)
    {
        if (partitionKey is null && maybeMissing)
            return default;
        if (string.IsNullOrEmpty(partitionKey))
            throw new ArgumentException("The partition key is empty; 1 to 256 Unicode code points are expected. Only streams of record distribution AUTO take records without one.", nameof(partitionKey));
        // The service counts code points, not UTF-16 units as the KPL does.
        if (partitionKey.Length > MaxKeyCodePoints && (partitionKey.Length > 2 * MaxKeyCodePoints || partitionKey.EnumerateRunes().Count() > MaxKeyCodePoints))
            throw new ArgumentException($"The partition key has {partitionKey.EnumerateRunes().Count()} Unicode code points; 1 to 256 are allowed.", nameof(partitionKey));
        var status = Utf8.FromUtf16(partitionKey, utf8, out _, out var written, replaceInvalidSequences: false);
        return status == OperationStatus.Done
            ? utf8[..written]
            : throw new ArgumentException("The partition key holds an unpaired surrogate; it has no UTF-8 form.", nameof(partitionKey));
    }

    /// <summary>Checks data and key against the stream's largest record.</summary>
    /// <exception cref="ArgumentException">The record is too large.</exception>
    internal static void CheckSize(int keyBytes, int dataBytes, int maxRecordBytes)
    {
        if ((long)keyBytes + dataBytes > maxRecordBytes)
            throw new ArgumentException($"The record has {dataBytes} bytes of data and {keyBytes} of partition key; the stream takes at most {maxRecordBytes} together.", nameof(dataBytes));
    }
}
