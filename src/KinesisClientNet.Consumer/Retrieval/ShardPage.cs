using System.Text;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>
/// Kinesis records of one shard as they came: a GetRecords page or an enhanced fan-out event. Its pooled memory goes back when the last
/// one that counts on it has let go.
/// </summary>
internal sealed class ShardPage
{
    /// <summary>What a record costs beside its payload: its entry and its key. Keeps a page of tiny records from looking free.</summary>
    public const int RecordOverheadBytes = 128;

    private const int PageOverheadBytes = 512;

    private readonly IDisposable? _owner;
    private UInt128?[]?[]? _explicitHashKeys;
    private string?[]?[]? _traceParents;
    private int _holders = 1;

    public ShardPage(
        IReadOnlyList<KinesisRecord> records, long? millisBehindLatest = null, bool isShardEnd = false,
        IReadOnlyList<ChildShard>? children = null, IDisposable? owner = null)
    {
        (Records, IsShardEnd, Children, _owner) = (records, isShardEnd, children ?? [], owner);
        Lag = millisBehindLatest is { } millis ? TimeSpan.FromMilliseconds(Math.Max(0, millis)) : null;
        for (var i = 0; i < records.Count; i++)
            PayloadBytes += records[i].Data.Length + (records[i].PartitionKey is { } key ? Encoding.UTF8.GetByteCount(key) : 0);
        var memory = owner switch { GetRecordsPage page => page.Memory, ShardEvent shardEvent => shardEvent.Memory, _ => null };
        // In JSON the text is held, a third larger than the payload in it; and pools round up to powers of two.
        ContentBytes = Math.Max(PayloadBytes, memory?.Length ?? 0);
        Bytes = PageOverheadBytes + (RecordOverheadBytes * records.Count) + Math.Max(PayloadBytes, memory?.Capacity ?? 0);
    }

    public IReadOnlyList<KinesisRecord> Records { get; }

    /// <summary>How far behind the tip; null when the service did not say.</summary>
    public TimeSpan? Lag { get; }

    /// <summary>Whether nothing follows: the shard is closed and read.</summary>
    public bool IsShardEnd { get; }

    /// <summary>At the shard's end, its children as the service named them. Some emulators never do.</summary>
    public IReadOnlyList<ChildShard> Children { get; init; }

    /// <summary>The records' data and keys, as the service counts them.</summary>
    public long PayloadBytes { get; }

    /// <summary>The records' data with the text around them.</summary>
    public long ContentBytes { get; }

    /// <summary>What the page counts in the prefetch budget: the memory that it holds.</summary>
    public long Bytes { get; }

    /// <summary>Called once when the last holder has let go.</summary>
    public Action<ShardPage>? Released { get; set; }

    public UInt128? ExplicitHashKeyOf(int outer, int place) => _explicitHashKeys?[outer]?[place];

    public void SetExplicitHashKey(int outer, int place, int count, UInt128 hashKey)
    {
        _explicitHashKeys ??= new UInt128?[]?[Records.Count];
        (_explicitHashKeys[outer] ??= new UInt128?[count])[place] = hashKey;
    }

    /// <summary>The traceparent of a record inside an aggregate. Read when first asked for: who does not trace does not pay. Thread-safe.</summary>
    public string? TraceParentOf(int outer, int place)
    {
        var pages = _traceParents ?? Interlocked.CompareExchange(ref _traceParents, new string?[]?[Records.Count], null) ?? _traceParents;
        // Two tasks may read the same record at once: they find the same.
        var places = Volatile.Read(ref pages[outer]);
        if (places is null)
            Volatile.Write(ref pages[outer], places = AggregatedTraceParent.Read(Records[outer].Data));
        return place < places.Length ? places[place] : null;
    }

    public void Hold(int holders = 1) => Interlocked.Add(ref _holders, holders);

    public void LetGo(int holders = 1)
    {
        if (Interlocked.Add(ref _holders, -holders) != 0)
            return;
        _owner?.Dispose();
        Released?.Invoke(this);
    }
}
