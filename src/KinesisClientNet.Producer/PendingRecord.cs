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

    internal OutboundRecord? Source => _source as OutboundRecord;

    internal int Index => _index;
}
