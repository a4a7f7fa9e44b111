using System.Collections;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Storage;

/// <summary>A run of stored records as a list, without copying them. Immutable: a log never writes a published record again.</summary>
internal sealed class RecordWindow(KinesisRecord[][] segments, int offset, int count) : IReadOnlyList<KinesisRecord>
{
    public static readonly IReadOnlyList<KinesisRecord> Empty = [];

    public int Count => count;

    public KinesisRecord this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)count, nameof(index));
            var at = offset + index;
            return segments[at >> RecordLog.SegmentBits][at & RecordLog.SegmentMask];
        }
    }

    public IEnumerator<KinesisRecord> GetEnumerator()
    {
        for (var i = 0; i < count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
