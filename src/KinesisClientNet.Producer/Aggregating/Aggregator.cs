using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Routing;

namespace KinesisClientNet.Producer.Aggregating;

/// <summary>What the aggregators of one producer share.</summary>
/// <param name="Options">Limits of an aggregate.</param>
/// <param name="Pool">Buffers for sealed records.</param>
/// <param name="Epochs">Counts Kinesis records for flushes.</param>
/// <param name="Output">To the collector.</param>
internal sealed record AggregatorContext(AggregationOptions Options, BufferPool Pool, FlushEpochs Epochs, CollectorInbox Output);

/// <summary>
/// Packs the user records of one lane. Callers append under the lane's lock, without a channel hop; what is full leaves at once, what is due
/// is sealed by the collector.
/// </summary>
internal sealed class Aggregator(ShardLane lane, AggregatorContext context, bool packs)
{
    private readonly Lock _gate = new();
    private readonly AggregationWindow _window = new(context.Options, context.Pool);
    private bool _isClosed;

    /// <summary>Takes a user record.</summary>
    /// <returns>False when the lane is closed: look up the lane again.</returns>
    internal bool TryAppend(in UserRecord record, out PendingRecord pending)
    {
        lock (_gate)
        {
            pending = default;
            if (_isClosed)
                return false;
            if (!packs || _window.GoesAlone(record))
            {
                SealOpen();
                pending = EmitAlone(record);
                return true;
            }

            if (_window.Open is null)
                Begin(record.ArrivedAt);
            if (!_window.TryAppend(record, out var index))
            {
                Emit(_window.Seal());
                Begin(record.ArrivedAt);
                _window.TryAppend(record, out index);
            }

            pending = new PendingRecord(_window.Open!, index);
            if (_window.IsFull)
                Emit(_window.Seal());
            return true;
        }
    }

    /// <summary>Seals a record that is due, if it is still open.</summary>
    /// <returns>True when it was open; it is on its way to the collector now.</returns>
    internal bool SealIfOpen(OutboundRecord record)
    {
        lock (_gate)
            return _window.Open == record && SealOpen();
    }

    /// <summary>Seals whatever is open.</summary>
    /// <returns>False when nothing was.</returns>
    internal bool Seal()
    {
        lock (_gate)
            return SealOpen();
    }

    /// <summary>Takes no more records. What was open is on its way to the collector when this returns.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            SealOpen();
            _isClosed = true;
            _window.Release();
        }
    }

    /// <summary>Gives memory back that was not used since the last call.</summary>
    internal void Trim()
    {
        lock (_gate)
            _window.Trim();
    }

    private void Begin(long arrivedAt)
    {
        var record = new OutboundRecord(lane, context.Epochs.Enter(arrivedAt), arrivedAt);
        _window.Begin(record);
        context.Output.TellOpened(record);
    }

    private bool SealOpen()
    {
        if (_window.Open is null)
            return false;
        Emit(_window.Seal());
        return true;
    }

    private PendingRecord EmitAlone(in UserRecord content)
    {
        var record = new OutboundRecord(lane, context.Epochs.Enter(content.ArrivedAt), content.ArrivedAt);
        var index = AggregationWindow.SealAlone(record, content, context.Pool);
        Emit(record);
        return new PendingRecord(record, index);
    }

    /// <summary>Under the lock, so that records reach the collector in the order in which they were sealed.</summary>
    private void Emit(OutboundRecord record)
    {
        lane.AddBufferedBytes(record.Cost);
        context.Output.TellSealed(record);
    }
}
