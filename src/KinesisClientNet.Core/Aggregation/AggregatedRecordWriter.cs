using System.Globalization;

namespace KinesisClientNet.Core.Aggregation;

/// <summary>
/// Builds an aggregate record by record: each record is copied once, into the place that it keeps in the aggregate, and the exact size is
/// known all the time. Reusable: <see cref="Reset"/> keeps the memory, so that steady use allocates nothing.
/// </summary>
/// <remarks>
/// Not thread-safe. Byte for byte what the KPL's protobuf writes: partition keys in the order of first use, then explicit hash keys, then
/// the records. Whether a single record travels raw instead is the caller's decision (the KPL does that).
/// </remarks>
internal sealed class AggregatedRecordWriter : IDisposable
{
    /// <summary>A writer that grew beyond this gives its memory back on <see cref="Reset"/>: one large record must not cost a shard megabytes for ever.</summary>
    internal const int MaxRetainedBytes = 256 * 1024;

    private const int InitialBytes = 4096;

    private readonly AggregationKeyTable _partitionKeys = new(AggregatedRecordFormat.PartitionKeyTag);
    private readonly AggregationKeyTable _explicitHashKeys = new(AggregatedRecordFormat.ExplicitHashKeyTag);
    private byte[] _records = [];
    private int _recordsBytes;
    private int _lastDataBytes;
    private int _lastDataEnd;
    private bool _isDisposed;

    /// <summary>The records appended since the last reset.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether a record carries a traceparent, which only an aggregate can.</summary>
    internal bool HasTraceParents { get; private set; }

    /// <summary>The exact bytes that <see cref="WriteTo"/> writes; 0 without records.</summary>
    internal int SerializedBytes => Count == 0 ? 0
        : AggregatedRecordFormat.FrameBytes + _partitionKeys.SerializedBytes + _explicitHashKeys.SerializedBytes + _recordsBytes;

    /// <summary>The payload of the last record; of the only one when it travels raw. Valid until the next change.</summary>
    internal ReadOnlySpan<byte> LastData => _records.AsSpan(_lastDataEnd - _lastDataBytes, _lastDataBytes);

    /// <summary>The exact bytes that <see cref="WriteTo"/> would write after one more record.</summary>
    /// <param name="keyUtf8">The record's partition key.</param>
    /// <param name="explicitHashKey">Its explicit hash key, or null.</param>
    /// <param name="dataLength">Its payload's bytes.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="OverflowException">More than 2 GiB.</exception>
    internal int SerializedBytesWith(ReadOnlySpan<byte> keyUtf8, UInt128? explicitHashKey, int dataLength)
    {
        Span<byte> text = stackalloc byte[AggregatedRecordFormat.MaxExplicitHashKeyBytes];
        return Place(keyUtf8, Format(explicitHashKey, text), dataLength, null).SerializedBytes;
    }

    /// <summary>Appends a record.</summary>
    /// <param name="keyUtf8">Its partition key.</param>
    /// <param name="explicitHashKey">Its explicit hash key, or null.</param>
    /// <param name="data">Its payload; copied.</param>
    /// <exception cref="OverflowException">More than 2 GiB.</exception>
    internal void Append(ReadOnlySpan<byte> keyUtf8, UInt128? explicitHashKey, ReadOnlySpan<byte> data) =>
        TryAppend(keyUtf8, explicitHashKey, data, int.MaxValue);

    /// <summary>Appends a record if the aggregate stays within a size; cheaper than asking <see cref="SerializedBytesWith"/> first.</summary>
    /// <param name="keyUtf8">Its partition key.</param>
    /// <param name="explicitHashKey">Its explicit hash key, or null.</param>
    /// <param name="data">Its payload; copied.</param>
    /// <param name="maxSerializedBytes">The largest size of the whole aggregate.</param>
    /// <param name="traceParent">The W3C traceparent that it carries as a tag, or null; then the bytes are the KPL's.</param>
    /// <returns>False when it would become larger; nothing is changed then.</returns>
    /// <exception cref="OverflowException">More than 2 GiB.</exception>
    internal bool TryAppend(
        ReadOnlySpan<byte> keyUtf8, UInt128? explicitHashKey, ReadOnlySpan<byte> data, int maxSerializedBytes, string? traceParent = null)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Span<byte> text = stackalloc byte[AggregatedRecordFormat.MaxExplicitHashKeyBytes];
        var explicitText = Format(explicitHashKey, text);
        var place = Place(keyUtf8, explicitText, data.Length, traceParent);
        if (place.SerializedBytes > maxSerializedBytes)
            return false;

        if (place.IsNewKey)
            _partitionKeys.Add(keyUtf8, place.KeyHash);
        if (place.IsNewExplicit)
            _explicitHashKeys.Add(explicitText, place.ExplicitHash);
        WriteRecord(place, data, traceParent);
        Count++;
        HasTraceParents |= traceParent is not null;
        return true;
    }

    /// <summary>Writes the aggregate with its digest.</summary>
    /// <param name="destination">At least <see cref="SerializedBytes"/> long.</param>
    /// <returns>The bytes written.</returns>
    /// <exception cref="InvalidOperationException">There is no record.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    internal int WriteTo(Span<byte> destination)
    {
        var written = WriteWithoutDigest(destination);
        AggregatedRecordDigest.Complete(destination[..written]);
        return written;
    }

    /// <summary>Writes the aggregate and leaves the last 16 bytes to <see cref="AggregatedRecordDigest"/>, which does many at a time.</summary>
    /// <param name="destination">At least <see cref="SerializedBytes"/> long.</param>
    /// <returns>The aggregate's bytes, the digest's room included.</returns>
    /// <exception cref="InvalidOperationException">There is no record.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    internal int WriteWithoutDigest(Span<byte> destination)
    {
        if (Count == 0)
            throw new InvalidOperationException("An aggregate without records is not written: append a record first.");
        var size = SerializedBytes;
        if (destination.Length < size)
            throw new ArgumentException($"The aggregate takes {size} bytes; there is room for {destination.Length}.", nameof(destination));
        AggregatedRecordFormat.Magic.CopyTo(destination);
        destination = destination[AggregatedRecordFormat.MagicBytes..];
        _partitionKeys.Serialized.CopyTo(destination);
        destination = destination[_partitionKeys.SerializedBytes..];
        _explicitHashKeys.Serialized.CopyTo(destination);
        destination = destination[_explicitHashKeys.SerializedBytes..];
        _records.AsSpan(0, _recordsBytes).CopyTo(destination);
        return size;
    }

    /// <summary>Forgets the records; keeps the memory unless it grew unusually large.</summary>
    internal void Reset()
    {
        _partitionKeys.Reset();
        _explicitHashKeys.Reset();
        if (_records.Length > MaxRetainedBytes)
            PooledArray.Release(ref _records);
        (Count, _recordsBytes, _lastDataBytes, _lastDataEnd, HasTraceParents) = (0, 0, 0, 0, false);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        Reset();
        PooledArray.Release(ref _records);
        _partitionKeys.Dispose();
        _explicitHashKeys.Dispose();
    }

    private static ReadOnlySpan<byte> Format(UInt128? explicitHashKey, Span<byte> text)
    {
        if (explicitHashKey is not { } hashKey)
            return default;
        hashKey.TryFormat(text, out var written, default, CultureInfo.InvariantCulture);
        return text[..written];
    }

    /// <summary>Where a record would go and what the aggregate would weigh with it. An empty explicit text means none.</summary>
    private Placement Place(ReadOnlySpan<byte> key, ReadOnlySpan<byte> explicitText, int dataLength, string? traceParent)
    {
        var keyHash = AggregationKeyTable.HashOf(key);
        var keyIndex = _partitionKeys.Find(key, keyHash);
        var added = Count == 0 ? AggregatedRecordFormat.FrameBytes : 0;
        var isNewKey = keyIndex < 0;
        if (isNewKey)
        {
            keyIndex = _partitionKeys.Count;
            added = checked(added + AggregatedRecordFormat.KeyEntryBytes(key.Length));
        }

        var (explicitIndex, explicitHash, isNewExplicit) = (-1, 0u, false);
        if (!explicitText.IsEmpty)
        {
            explicitHash = AggregationKeyTable.HashOf(explicitText);
            explicitIndex = _explicitHashKeys.Find(explicitText, explicitHash);
            isNewExplicit = explicitIndex < 0;
            if (isNewExplicit)
            {
                explicitIndex = _explicitHashKeys.Count;
                added = checked(added + AggregatedRecordFormat.KeyEntryBytes(explicitText.Length));
            }
        }

        var message = AggregatedRecordFormat.RecordMessageBytes(keyIndex, explicitIndex, dataLength);
        if (traceParent is not null)
            message = checked(message + AggregatedTraceParent.FieldBytes);
        var total = checked(SerializedBytes + added + AggregatedRecordFormat.RecordEntryBytes(message));
        return new(keyIndex, keyHash, isNewKey, explicitIndex, explicitHash, isNewExplicit, message, total);
    }

    private void WriteRecord(Placement place, ReadOnlySpan<byte> data, string? traceParent)
    {
        var needed = _recordsBytes + AggregatedRecordFormat.RecordEntryBytes(place.MessageBytes);
        if (needed > _records.Length)
            PooledArray.Grow(ref _records, _recordsBytes, Math.Max(needed, InitialBytes));
        var to = _records.AsSpan(_recordsBytes);
        to = WriteField(to, AggregatedRecordFormat.RecordTag, place.MessageBytes);
        to = WriteField(to, AggregatedRecordFormat.RecordPartitionKeyIndexTag, place.KeyIndex);
        if (place.ExplicitIndex >= 0)
            to = WriteField(to, AggregatedRecordFormat.RecordExplicitHashKeyIndexTag, place.ExplicitIndex);
        to = WriteField(to, AggregatedRecordFormat.RecordDataTag, data.Length);
        data.CopyTo(to);
        if (traceParent is not null)
            AggregatedTraceParent.Write(to[data.Length..], traceParent);
        _recordsBytes = needed;
        _lastDataBytes = data.Length;
        _lastDataEnd = needed - (traceParent is null ? 0 : AggregatedTraceParent.FieldBytes);
    }

    private static Span<byte> WriteField(Span<byte> to, byte tag, int value)
    {
        to[0] = tag;
        return to[(1 + AggregatedRecordFormat.WriteVarint(to[1..], (uint)value))..];
    }

    private readonly record struct Placement(
        int KeyIndex, uint KeyHash, bool IsNewKey, int ExplicitIndex, uint ExplicitHash, bool IsNewExplicit, int MessageBytes, int SerializedBytes);
}
