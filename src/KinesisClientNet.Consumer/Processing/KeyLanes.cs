using System.Buffers;
using System.Runtime.ExceptionServices;
using KinesisClientNet.Consumer.Checkpointing;
using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Consumer.Telemetry;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>
/// Several batches of a shard at once: records with the same partition key in strict order, different keys beside each other. A failing key waits alone.
/// The checkpoint is the contiguous completed prefix over all lanes, and intake stops when it runs too far ahead of it. One lock guards the
/// lanes; handlers run outside it.
/// </summary>
internal sealed class KeyLanes : IDelivery
{
    private readonly ShardRun _run;
    private readonly Deaggregator _deaggregator;
    private readonly BatchAttempt _attempt;
    private readonly Action _stopIntake;
    private readonly Lock _gate = new();
    private readonly Signal _changed = new();
    private readonly LaneSet _lanes;
    private readonly CheckpointTracker _done = new();
    private readonly CheckpointTracker? _returned;
    private TimeSpan? _lag;
    private Exception? _failure;
    private int _running;
    private int _parked;
    private int _failing;
    private long _unsettled;
    private long _begunBelow;

    /// <param name="run">The shard.</param>
    /// <param name="deaggregator">Gives user records.</param>
    /// <param name="attempt">Delivers and judges.</param>
    /// <param name="stopIntake">Called when the failure policy ends the shard, so that nobody waits for the next page.</param>
    public KeyLanes(ShardRun run, Deaggregator deaggregator, BatchAttempt attempt, Action stopIntake)
    {
        (_run, _deaggregator, _attempt, _stopIntake) = (run, deaggregator, attempt, stopIntake);
        _lanes = new LaneSet(run.Processing.IsUnordered);
        _returned = run.Checkpoint.Mode == CheckpointMode.Manual ? new CheckpointTracker() : null;
        run.Limits.ConcurrencyChanged += Dispatch;
    }

    /// <inheritdoc/>
    public RecordOrder Order => _lanes.IsUnordered ? RecordOrder.None : RecordOrder.Key;

    /// <inheritdoc/>
    public async ValueTask DeliverAsync(ShardPage page)
    {
        _deaggregator.Open(page);
        var buffer = ArrayPool<ConsumedRecord>.Shared.Rent(Math.Min(1024, _run.Processing.MaxRunAheadRecords));
        try
        {
            _lag = page.Lag;
            int count;
            while ((count = _deaggregator.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, await WaitForRoomAsync().ConfigureAwait(false))))) > 0)
            {
                TakeIn(page, buffer, count);
                Dispatch();
            }
        }
        finally
        {
            ArrayPool<ConsumedRecord>.Shared.Return(buffer, clearArray: true);
            page.LetGo();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DrainAsync()
    {
        while (true)
        {
            var changed = _changed.Next;
            Dispatch();
            lock (_gate)
            {
                var isOver = _failure is not null || _run.Ending.Intake.IsCancellationRequested;
                if (_running == 0 && (isOver || _unsettled == 0))
                    break;
            }

            // When the end is asked for, parked keys are not waited for any more; what runs is.
            await changed.WaitAsync(_run.Ending.Intake.IsCancellationRequested ? CancellationToken.None : _run.Ending.Intake)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    /// <inheritdoc/>
    public void Settle(Segment segment, int start, int count)
    {
        lock (_gate)
        {
            Complete(_returned ?? _done, segment, start, count);
            _unsettled -= count;
            if (_returned is null && _done.Completed is { } position)
                _run.Checkpoints.Advance(position);
        }

        for (var i = start; i < start + count; i++)
            segment[i].Page.LetGo();
    }

    /// <inheritdoc/>
    public IReadOnlyList<Segment> Isolate(Segment segment)
    {
        var half = segment.Count / 2;
        return LaneSet.SplitByKey([segment]) is { Count: > 1 } keys
            ? [.. keys.Values.Select(parts => parts[0])]
            : [segment.Slice(0, half), segment.Slice(half, segment.Count - half)];
    }

    /// <inheritdoc/>
    public ValueTask CheckpointAsync(RecordBatch batch, int index, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Complete(_done, batch.Source, 0, index + 1);
            if (_done.Completed is { } position)
                _run.Checkpoints.Advance(position);
        }

        _changed.Set();
        return _run.Checkpoints.WriteNowAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask CheckpointDeliveredAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_returned is not null)
                _done.Complete(0, _returned.CompletedCount);
            if (_done.Completed is { } position)
                _run.Checkpoints.Advance(position);
        }

        return _run.Checkpoints.WriteNowAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Limits.ConcurrencyChanged -= Dispatch;

    /// <returns>How many records may be taken in.</returns>
    private async ValueTask<long> WaitForRoomAsync()
    {
        while (true)
        {
            var changed = _changed.Next;
            lock (_gate)
            {
                var room = _run.Processing.MaxRunAheadRecords - _done.Outstanding;
                if (room > 0 && _failure is null)
                {
                    _run.Activity.Clear(ShardFacet.Intake);
                    return room;
                }

                if (_unsettled == 0)
                    _run.Activity.Set(ShardFacet.Intake, ShardReason.WaitingForCheckpoint, $"{_done.Outstanding} records without a checkpoint (Processing.MaxRunAheadRecords)");
            }

            await changed.WaitAsync(_run.Ending.Intake).ConfigureAwait(false);
            _run.Ending.Intake.ThrowIfCancellationRequested();
            if (_failure is not null)
                ExceptionDispatchInfo.Throw(_failure);
        }
    }

    private void TakeIn(ShardPage page, ConsumedRecord[] buffer, int count)
    {
        page.Hold(count);
        lock (_gate)
        {
            var start = 0;
            while (start < count)
            {
                var end = start + 1;
                while (end < count && buffer[end].IsBesides(buffer[start]))
                    end++;
                var first = _done.Append(buffer[start].SequenceNumber, (int)buffer[start].SubSequenceNumber, end - start);
                _returned?.Append(buffer[start].SequenceNumber, (int)buffer[start].SubSequenceNumber, end - start);
                for (var i = start; i < end; i++)
                    _lanes.Add(buffer[i], first + (i - start));
                start = end;
            }

            _unsettled += count;
        }
    }

    /// <summary>Starts as many handlers as the concurrency allows.</summary>
    private void Dispatch()
    {
        lock (_gate)
        {
            while (_running < _run.Limits.Concurrency && _failure is null && BeginLimit is > 0 and var limit)
            {
                // Each handler gets its even part of what waits, so that few keys do not starve the others of a batch.
                var share = Math.Clamp(_lanes.WaitingRecords / _run.Limits.Concurrency, 1, _run.BatchRecords);
                if (_lanes.Next(share, limit) is not { } work)
                    return;
                _running++;
                _ = Task.Run(() => RunAsync(work));
            }
        }
    }

    /// <summary>
    /// Up to which ordinal records may be begun: all, until the end is asked for. Then only those that stand before one that was begun already, so that
    /// the last checkpoint can pass what was handled; none when a failed record holds the checkpoint anyway, or running work is cancelled.
    /// </summary>
    private long BeginLimit
    {
        get
        {
            var ending = _run.Ending;
            if (!ending.Intake.IsCancellationRequested)
                return long.MaxValue;
            return _failing > 0 || _run.Pause.IsPaused || ending.Work.IsCancellationRequested || ending.Reason is ShardCloseReason.LeaseLost ? 0 : _begunBelow;
        }
    }

    private async Task RunAsync(LaneWork work)
    {
        try
        {
            await HandleAsync(work).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_run.Ending.Intake.IsCancellationRequested)
        {
            // The processing ends; the records stay open, so the checkpoint stays before them.
        }
        catch (Exception error)
        {
            // The policy stops the shard, or an error of ours: it must reach the worker, which waits in DrainAsync or for a page.
            lock (_gate)
                _failure ??= error;
            _stopIntake();
        }

        lock (_gate)
            _running--;
        Dispatch();
        _changed.Set();
    }

    private async Task HandleAsync(LaneWork work)
    {
        while (work.Todo.TryPop(out var segment))
        {
            if (!await TryPassAsync(work, segment).ConfigureAwait(false))
                return;
            var left = await _attempt.RunAsync(segment, this, _lag, _run.Ending.Work).ConfigureAwait(false);
            if (left.Count == 0)
                continue;
            MarkFailed(work);
            if (!_lanes.IsUnordered && work.Lanes.Count > 1 && (left.Count > 1 || left[0].IsIsolated))
            {
                Split(work, left);
                return;
            }

            for (var i = left.Count - 1; i >= 0; i--)
                work.Todo.Push(left[i]);
            if (left[0].Wait > TimeSpan.Zero)
            {
                Park(work, left[0]);
                return;
            }
        }

        lock (_gate)
        {
            if (work.HasFailed)
                _failing--;
            _lanes.Finish(work);
        }
    }

    /// <summary>Waits while the shard is paused or the rate is reached.</summary>
    /// <returns>False when the end was asked for meanwhile: the work is put back, not begun.</returns>
    private async ValueTask<bool> TryPassAsync(LaneWork work, Segment segment)
    {
        try
        {
            if (!_run.Ending.Intake.IsCancellationRequested)
                await _run.PassAsync(work.HasFailed ? 0 : segment.Count).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_run.Ending.Intake.IsCancellationRequested)
        {
            // Judged below, as one that was given out in the moment of the end.
        }

        lock (_gate)
        {
            var fillsGap = !work.HasFailed && segment.OrdinalOf(0) < _begunBelow;
            if (_run.Ending.Intake.IsCancellationRequested && !(fillsGap && BeginLimit > 0))
            {
                work.Todo.Push(segment);
                _lanes.Return(work);
                return false;
            }

            _begunBelow = Math.Max(_begunBelow, segment.OrdinalOf(segment.Count - 1) + 1);
        }

        return true;
    }

    private void MarkFailed(LaneWork work)
    {
        lock (_gate)
        {
            if (!work.HasFailed)
                _failing++;
            work.HasFailed = true;
        }
    }

    /// <summary>From here on each key goes its own way: those that have nothing left are free.</summary>
    private void Split(LaneWork work, IReadOnlyList<Segment> left)
    {
        var parts = LaneSet.SplitByKey(left);
        foreach (var lane in work.Lanes)
        {
            if (!parts.TryGetValue(lane.Key, out var segments))
                continue;
            var part = new LaneWork([lane]) { HasFailed = true };
            for (var i = segments.Count - 1; i >= 0; i--)
                part.Todo.Push(segments[i]);
            lock (_gate)
                _failing++;
            Park(part, segments[0]);
        }

        lock (_gate)
        {
            _failing--;
            _lanes.Finish(new LaneWork([.. work.Lanes.Where(lane => !parts.ContainsKey(lane.Key))]) { HasFailed = true });
        }
    }

    /// <summary>Lets a work wait without a handler's slot.</summary>
    private void Park(LaneWork work, Segment first)
    {
        if (first.Wait <= TimeSpan.Zero)
        {
            lock (_gate)
                _lanes.Return(work);
            return;
        }

        lock (_gate)
            _parked++;
        _run.Activity.Set(
            ShardFacet.Failure, ShardReason.KeysParked, $"{first.Count} record(s) from {first[0].Position}, attempt {first.Attempts + 1}", first.Error);
        _ = UnparkAsync(work, first.Wait);
    }

    private async Task UnparkAsync(LaneWork work, TimeSpan wait)
    {
        await Task.Delay(wait, _run.Services.Time, _run.Ending.Intake).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool isLast;
        lock (_gate)
        {
            isLast = --_parked == 0;
            _lanes.Return(work);
        }

        if (isLast)
            _run.Activity.Clear(ShardFacet.Failure);
        Dispatch();
        _changed.Set();
    }

    private static void Complete(CheckpointTracker tracker, Segment segment, int start, int count)
    {
        if (segment.ContiguousFrom is { } first)
        {
            tracker.Complete(first + start, count);
            return;
        }

        for (var i = start; i < start + count; i++)
            tracker.Complete(segment.OrdinalOf(i));
    }
}
