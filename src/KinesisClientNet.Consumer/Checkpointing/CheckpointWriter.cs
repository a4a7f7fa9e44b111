using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Resilience;
using KinesisClientNet.Core.Sharding;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Checkpointing;

/// <summary>
/// Writes one shard's progress to its lease: in the background by the mode, or now when asked. Never backwards, one write at a time, the newest
/// position only. A write that fails is repeated until it is accepted or the lease is lost; processing goes on meanwhile. Thread-safe.
/// </summary>
internal sealed class CheckpointWriter : IDisposable
{
    private readonly HeldLease _lease;
    private readonly CheckpointOptions _options;
    private readonly ShardActivity _activity;
    private readonly ConsumerMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Func<Exception, bool> _isThrottle;
    private readonly Backoff _backoff;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Lock _gate = new();
    private TaskCompletionSource _advanced = NewSignal();
    private ExtendedSequenceNumber? _done;
    private ExtendedSequenceNumber _written;
    private long? _writtenAt;
    private int _failures;
    private volatile bool _isDisposed;

    public CheckpointWriter(HeldLease lease, CheckpointOptions options, ShardActivity activity, ShardServices services)
    {
        (_lease, _options, _activity) = (lease, options, activity);
        (_meter, _time, _logger) = (services.Meter, services.Time, services.Logger);
        _isThrottle = services.IsStoreThrottle;
        _backoff = services.NewBackoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
        _written = lease.Checkpoint;
    }

    /// <summary>Up to where everything is done; null when nothing is yet.</summary>
    public ExtendedSequenceNumber? Done
    {
        get
        {
            lock (_gate)
                return _done;
        }
    }

    /// <summary>What the lease store has.</summary>
    public ExtendedSequenceNumber Written
    {
        get
        {
            lock (_gate)
                return _written;
        }
    }

    /// <summary>Everything up to this position is done; an earlier one changes nothing.</summary>
    public void Advance(ExtendedSequenceNumber position)
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            if (position <= (_done ?? _written))
                return;
            _done = position;
            signal = _advanced;
        }

        signal.TrySetResult();
    }

    /// <summary>Writes in the background until cancelled or the lease is lost. In manual mode it does nothing.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_options.Mode == CheckpointMode.Manual)
            return;
        var start = _time.GetTimestamp();
        while (_lease.IsHeld)
        {
            await WaitForProgressAsync(cancellationToken).ConfigureAwait(false);
            var wait = _options.Mode == CheckpointMode.Interval
                ? _options.Interval - _time.GetElapsedTime(_writtenAt ?? start)
                : _writtenAt is { } at ? _options.MinInterval - _time.GetElapsedTime(at) : TimeSpan.Zero;
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            await TryWriteUntilAcceptedAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes what is done now.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LeaseLostException">Another worker has the lease.</exception>
    public async ValueTask WriteNowAsync(CancellationToken cancellationToken)
    {
        if (!await TryWriteUntilAcceptedAsync(cancellationToken).ConfigureAwait(false))
            throw new LeaseLostException(_lease.LeaseKey, _lease.Loss?.NewOwner, _lease.Loss?.Sentence ?? "the write was refused.");
    }

    /// <summary>Frees the gate. A write that an abandoned handler still asks for finds the lease gone.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _writing.Dispose();
    }

    private async ValueTask WaitForProgressAsync(CancellationToken cancellationToken)
    {
        Task signal;
        lock (_gate)
        {
            if (_done is { } done && done > _written)
                return;
            if (_advanced.Task.IsCompleted)
                _advanced = NewSignal();
            signal = _advanced.Task;
        }

        await signal.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <returns>False when the lease is lost.</returns>
    private async ValueTask<bool> TryWriteUntilAcceptedAsync(CancellationToken cancellationToken)
    {
        if (_isDisposed)
            return false;
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (true)
            {
                ExtendedSequenceNumber position;
                lock (_gate)
                {
                    if (_done is not { } done || done <= _written)
                        return _lease.IsHeld;
                    position = done;
                }

                if (await TryWriteAsync(position, cancellationToken).ConfigureAwait(false) is { } isAccepted)
                    return isAccepted;
                await Task.Delay(_backoff.Next(_failures++), _time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <returns>True accepted, false refused, null failed with an unknown outcome.</returns>
    private async ValueTask<bool?> TryWriteAsync(ExtendedSequenceNumber position, CancellationToken cancellationToken)
    {
        var sentAt = _time.GetTimestamp();
        try
        {
            var result = await _lease.WriteCheckpointAsync(position, cancellationToken).ConfigureAwait(false);
            _meter.CheckpointWritten(_time.GetElapsedTime(sentAt), result.IsApplied);
            if (!result.IsApplied)
                return false;
            lock (_gate)
                _written = position;
            _writtenAt = _time.GetTimestamp();
            _failures = 0;
            _activity.Clear(ShardFacet.Checkpoint);
            return true;
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Any error of the store leaves the outcome unknown (ILeaseStore): the same position is written again.
            _meter.CheckpointWritten(_time.GetElapsedTime(sentAt), false);
            if (_failures == 0)
                ConsumerLog.CheckpointFails(_logger, _lease.LeaseKey, position.ToString(), error);
            _activity.Set(ShardFacet.Checkpoint, _isThrottle(error) ? ShardReason.ThrottledByDynamoDb : ShardReason.CheckpointFailing, error.GetType().Name, error);
            return null;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
