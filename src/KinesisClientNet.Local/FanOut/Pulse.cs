using System.Threading.Tasks.Sources;

namespace KinesisClientNet.Local.FanOut;

/// <summary>
/// An auto-reset signal for one waiter that costs no allocation per wait. Raising it twice before the wait counts once. The waiter goes on
/// on another thread, so it may be raised under a lock.
/// </summary>
internal sealed class Pulse : IValueTaskSource
{
    private readonly Lock _gate = new();
    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private bool _raised;
    private bool _waiting;

    public void Raise()
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                _raised = true;
                return;
            }

            _waiting = false;
        }

        _source.SetResult(true);
    }

    public ValueTask WaitAsync()
    {
        lock (_gate)
        {
            if (_raised)
            {
                _raised = false;
                return default;
            }

            if (_waiting)
                throw new InvalidOperationException("A subscription is read by one enumerator at a time.");
            _waiting = true;
            _source.Reset();
            return new(this, _source.Version);
        }
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
