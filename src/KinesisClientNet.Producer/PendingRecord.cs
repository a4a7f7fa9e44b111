using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer;

/// <summary>
/// An accepted record on its way to exactly one outcome. A small value: nothing is allocated for it unless <see cref="Delivery"/> is asked.
/// Thread-safe.
/// </summary>
public readonly record struct PendingRecord
{
    private readonly object? _source;
    private readonly int _index;

    /// <summary>Creates a pending record over a task, for tests and for own implementations of <see cref="IKinesisProducer"/>.</summary>
    /// <param name="delivery">The outcome to come.</param>
    public PendingRecord(Task<RecordReceipt> delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        _source = delivery;
    }

    internal PendingRecord(OutboundRecord source, int index) => (_source, _index) = (source, index);

    /// <summary>
    /// Completes when Kinesis has stored the record; fails with <see cref="RecordFailedException"/>. May be asked at any time, also after the
    /// outcome. Ignoring it is fine: a failure is then counted, logged and offered to <see cref="KinesisProducerOptions.OnRecordFailed"/>.
    /// Cost: about 100 bytes for each call before the outcome; continuations run on the thread pool.
    /// </summary>
    public Task<RecordReceipt> Delivery => _source switch
    {
        OutboundRecord record => record.DeliveryOf(_index),
        Task<RecordReceipt> task => task,
        _ => throw new InvalidOperationException("A default PendingRecord has no outcome; take one that EnqueueAsync returned."),
    };

    /// <summary>
    /// The same outcome as a value, for callers that await many records: <c>await pending.AsValueTask()</c>. Await each value once; ask again for
    /// another. Cost: nothing when the outcome is there already, about 100 bytes when the caller has to wait; continuations run on the thread pool.
    /// </summary>
    /// <returns>Completes as <see cref="Delivery"/> does.</returns>
    /// <exception cref="InvalidOperationException">This is a default value, which has no outcome.</exception>
    public ValueTask<RecordReceipt> AsValueTask() => _source is OutboundRecord record ? record.ValueOf(_index) : new(Delivery);

    internal OutboundRecord? Source => _source as OutboundRecord;

    internal int Index => _index;
}
