using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Aggregating;

/// <summary>
/// The Kinesis record that is being filled. Each user record is copied once, into the place that it keeps in the aggregate; sealing copies the
/// whole into a buffer of its exact size. Not thread-safe: its owner locks.
/// </summary>
internal sealed class AggregationWindow(AggregationOptions limits, BufferPool pool)
{
    private readonly int _outerKeyBytes = System.Text.Encoding.UTF8.GetByteCount(limits.OuterPartitionKey);
    private AggregatedRecordWriter? _writer;
    private string? _firstKey;
    private UInt128? _firstExplicitHashKey;
    private int _firstKeyBytes;
    private bool _usedSinceTrim;

    /// <summary>The record that is open; null when the window is empty.</summary>
    internal OutboundRecord? Open { get; private set; }

    /// <summary>True when nothing more is to be added.</summary>
    internal bool IsFull => Open is { } open && (open.Count >= limits.MaxRecords || _writer!.SerializedBytes >= limits.MaxBytes);

    /// <summary>Whether a record is so large that it goes alone, whatever the window holds.</summary>
    internal bool GoesAlone(in UserRecord record) => (long)record.Data.Length + record.KeyUtf8.Length >= limits.MaxBytes;

    /// <summary>Begins a record; the next append is its first.</summary>
    internal void Begin(OutboundRecord record) => Open = record;

    /// <summary>Adds a user record to the open record. The first one always fits: alone it is sent raw.</summary>
    /// <returns>False when the aggregate would become larger than allowed.</returns>
    internal bool TryAppend(in UserRecord record, out int index)
    {
        var open = Open!;
        var isFirst = open.Count == 0;
        _writer ??= new AggregatedRecordWriter();
        index = -1;
        if (!_writer.TryAppend(record.KeyUtf8, record.ExplicitHashKey, record.Data, isFirst ? int.MaxValue : limits.MaxBytes, record.TraceParent))
            return false;
        if (isFirst)
            (_firstKey, _firstExplicitHashKey, _firstKeyBytes) = (record.PartitionKey, record.ExplicitHashKey, record.KeyUtf8.Length);
        index = open.Note(record);
        return true;
    }

    /// <summary>Gives the open record its wire form and empties the window.</summary>
    internal OutboundRecord Seal()
    {
        var (record, writer) = (Open!, _writer!);
        var carriesTrace = writer.HasTraceParents && writer.SerializedBytes <= limits.MaxBytes;
        if (record.Count == 1 && !carriesTrace)
        {
            Seal(record, writer.LastData, _firstKey, _firstExplicitHashKey, _firstKeyBytes, pool);
        }
        else
        {
            var buffer = pool.Rent(writer.SerializedBytes);
            var length = writer.WriteWithoutDigest(buffer);
            record.Seal(buffer, length, isAggregate: true, limits.OuterPartitionKey, record.FirstHashKey, _outerKeyBytes);
        }

        writer.Reset();
        _usedSinceTrim = true;
        (Open, _firstKey) = (null, null);
        return record;
    }

    /// <summary>Makes a Kinesis record of one user record, as it is.</summary>
    internal static int SealAlone(OutboundRecord record, in UserRecord content, BufferPool pool)
    {
        var index = record.Note(content);
        Seal(record, content.Data, content.PartitionKey, content.ExplicitHashKey, content.KeyUtf8.Length, pool);
        return index;
    }

    /// <summary>Gives the memory of a window back that was not used since the last call.</summary>
    internal void Trim()
    {
        if (!_usedSinceTrim)
            Release();
        _usedSinceTrim = false;
    }

    /// <summary>Gives the memory of an empty window back.</summary>
    internal void Release()
    {
        if (Open is not null)
            return;
        _writer?.Dispose();
        _writer = null;
    }

    private static void Seal(
        OutboundRecord record, ReadOnlySpan<byte> data, string? key, UInt128? explicitHashKey, int keyBytes, BufferPool pool)
    {
        var buffer = pool.Rent(data.Length);
        data.CopyTo(buffer);
        record.Seal(buffer, data.Length, isAggregate: false, key, explicitHashKey, keyBytes);
    }
}
