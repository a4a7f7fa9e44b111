using System.Buffers;
using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>
/// One batch after the other, in shard order: a batch is settled before the next one begins. No allocation for a record; one buffer is used again
/// and again.
/// </summary>
internal sealed class SerialDelivery(ShardRun run, Deaggregator deaggregator, BatchAttempt attempt) : IDelivery
{
    private const int FirstBufferRecords = 128;

    private readonly Lock _gate = new();
    private ConsumedRecord[] _buffer = ArrayPool<ConsumedRecord>.Shared.Rent(Math.Min(FirstBufferRecords, run.Processing.MaxBatchRecords));
    private Segment? _root;
    private bool[]? _marks;
    private ExtendedSequenceNumber? _returned;

    /// <inheritdoc/>
    public RecordOrder Order => RecordOrder.Shard;

    /// <inheritdoc/>
    public async ValueTask DeliverAsync(ShardPage page)
    {
        try
        {
            deaggregator.Open(page);
            int count;
            while ((count = deaggregator.Read(_buffer.AsSpan(0, Math.Min(_buffer.Length, run.BatchRecords)))) > 0)
            {
                await run.PassAsync(count).ConfigureAwait(false);
                await SettleAllAsync(new Segment(new ArraySegment<ConsumedRecord>(_buffer, 0, count), 0), page.Lag).ConfigureAwait(false);
                if (count == _buffer.Length && count < run.Processing.MaxBatchRecords)
                    GrowBuffer();
            }
        }
        finally
        {
            page.LetGo();
        }
    }

    /// <inheritdoc/>
    public ValueTask DrainAsync() => default;

    /// <inheritdoc/>
    public void Settle(Segment segment, int start, int count)
    {
        lock (_gate)
        {
            Mark(segment, start, count);
            if (run.Checkpoint.Mode != CheckpointMode.Manual && PrefixPosition() is { } position)
                run.Checkpoints.Advance(position);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Segment> Isolate(Segment segment)
    {
        var half = segment.Count / 2;
        return [segment.Slice(0, half), segment.Slice(half, segment.Count - half)];
    }

    /// <inheritdoc/>
    public ValueTask CheckpointAsync(RecordBatch batch, int index, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var position = batch.PositionOf(index);
            // A batch that returned earlier: everything before it is returned too.
            if (_returned is not { } returned || position > returned)
            {
                Mark(batch.Source, 0, index + 1);
                if (PrefixPosition() is not { } prefix)
                    return default;
                position = prefix;
            }

            run.Checkpoints.Advance(position);
        }

        return run.Checkpoints.WriteNowAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask CheckpointDeliveredAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if ((PrefixPosition() ?? _returned) is { } position)
                run.Checkpoints.Advance(position);
        }

        return run.Checkpoints.WriteNowAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<ConsumedRecord>.Shared.Return(_buffer, clearArray: true);
        _buffer = [];
    }

    private async ValueTask SettleAllAsync(Segment root, TimeSpan? lag)
    {
        lock (_gate)
            (_root, _marks) = (root, null);
        var left = await attempt.RunAsync(root, this, lag, run.Ending.Work).ConfigureAwait(false);
        if (left.Count > 0)
            await SettleRestAsync(left, lag).ConfigureAwait(false);
        lock (_gate)
            (_returned, _root, _marks) = (root[root.Count - 1].Position, null, null);
    }

    /// <summary>Delivers what is left until it is settled, first things first: nothing later in the shard may overtake it.</summary>
    private async ValueTask SettleRestAsync(IReadOnlyList<Segment> left, TimeSpan? lag)
    {
        var todo = new Stack<Segment>();
        while (true)
        {
            for (var i = left.Count - 1; i >= 0; i--)
                todo.Push(left[i]);
            if (!todo.TryPop(out var next))
                break;
            if (next.Error is not null || next.Attempts > 0)
                run.Activity.Set(ShardFacet.Failure, ShardReason.RetryingRecords, $"{next.Count} record(s) from {next[0].Position}, attempt {next.Attempts + 1}", next.Error);
            if (next.Wait > TimeSpan.Zero)
                await Task.Delay(next.Wait, run.Services.Time, run.Ending.Intake).ConfigureAwait(false);
            await run.PassAsync(0).ConfigureAwait(false);
            left = await attempt.RunAsync(next, this, lag, run.Ending.Work).ConfigureAwait(false);
        }

        run.Activity.Clear(ShardFacet.Failure);
    }

    private void Mark(Segment segment, int start, int count)
    {
        if (_root is null || (ReferenceEquals(segment, _root) && count == segment.Count))
        {
            _marks = _root is null ? null : AllMarked;
            return;
        }

        if (ReferenceEquals(_marks, AllMarked))
            return;
        _marks ??= new bool[_root.Count];
        for (var i = start; i < start + count; i++)
            _marks[segment.OrdinalOf(i)] = true;
    }

    /// <summary>The last record of the current batch before which everything is done.</summary>
    private ExtendedSequenceNumber? PrefixPosition()
    {
        if (_root is null || _marks is null)
            return null;
        var prefix = ReferenceEquals(_marks, AllMarked) ? _root.Count : Array.IndexOf(_marks, false) is >= 0 and var hole ? hole : _root.Count;
        return prefix == 0 ? null : _root[prefix - 1].Position;
    }

    private void GrowBuffer()
    {
        var size = Math.Min(_buffer.Length * 4, run.Processing.MaxBatchRecords);
        ArrayPool<ConsumedRecord>.Shared.Return(_buffer, clearArray: true);
        _buffer = ArrayPool<ConsumedRecord>.Shared.Rent(size);
    }

    private static readonly bool[] AllMarked = [];
}
