using System.Buffers.Binary;
using KinesisClientNet.Consumer;

namespace KinesisClientNet.Integration.Tests.EndToEnd;

/// <summary>What a consumer has seen of numbered records: each record holds its key's number and its place in the key's order.</summary>
internal sealed class KeyLedger(int keys)
{
    private readonly int[] _next = new int[keys];
    private long _seen;
    private long _repeated;
    private long _outOfOrder;

    /// <summary>Records seen for the first time.</summary>
    public long Seen => Interlocked.Read(ref _seen);

    /// <summary>Records seen again: allowed by at-least-once, counted all the same.</summary>
    public long Repeated => Interlocked.Read(ref _repeated);

    /// <summary>Records that came before an earlier one of their key.</summary>
    public long OutOfOrder => Interlocked.Read(ref _outOfOrder);

    public static void Write(Span<byte> data, int key, int place)
    {
        BinaryPrimitives.WriteInt32LittleEndian(data, key);
        BinaryPrimitives.WriteInt32LittleEndian(data[4..], place);
    }

    /// <summary>A key's records come from one shard at a time, so that its entry has one writer.</summary>
    public void Take(RecordBatch batch)
    {
        long seen = 0;
        foreach (var record in batch)
        {
            var data = record.Data.Span;
            var key = BinaryPrimitives.ReadInt32LittleEndian(data);
            var place = BinaryPrimitives.ReadInt32LittleEndian(data[4..]);
            ref var next = ref _next[key];
            if (place == next)
            {
                next++;
                seen++;
            }
            else if (place < next)
            {
                Interlocked.Increment(ref _repeated);
            }
            else
            {
                Interlocked.Increment(ref _outOfOrder);
            }
        }

        Interlocked.Add(ref _seen, seen);
    }

    /// <summary>Keys whose records have not all been seen, with how many have.</summary>
    public IEnumerable<string> Unfinished(int perKey) =>
        _next.Select((next, key) => (next, key)).Where(entry => entry.next != perKey).Select(entry => $"key {entry.key}: {entry.next} of {perKey}");
}
