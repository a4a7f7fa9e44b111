using System.Text;

namespace KinesisClientNet.Producer.Tests.Rig;

/// <summary>A caller that enqueues at a rate as long as it may, one record after the other, in virtual time.</summary>
internal sealed class SteadyLoad(KinesisProducer producer, ProducerRig rig, double bytesPerSecond, int recordBytes, Func<int, string>? keyOf = null)
{
    private readonly byte[] _data = new byte[recordBytes];
    private double _credit;
    private Task<PendingRecord>? _waiting;
    private bool _isStopped;

    /// <summary>Records that the producer took.</summary>
    internal int Accepted { get; private set; }

    internal int Failed { get; private set; }

    internal async Task RunAsync(TimeSpan time, CancellationToken cancellationToken, TimeSpan? step = null)
    {
        var stepSize = step ?? TimeSpan.FromMilliseconds(50);
        for (var left = time; left > TimeSpan.Zero; left -= stepSize)
        {
            await EnqueueAsync(stepSize, cancellationToken);
            await rig.PassAsync(stepSize, stepSize / 5);
        }
    }

    /// <summary>Enqueues what is due after some time, as far as there is room.</summary>
    internal async Task EnqueueAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        _credit = Math.Min(bytesPerSecond, _credit + (bytesPerSecond * time.TotalSeconds));
        while (_credit >= recordBytes && await TryNextAsync(cancellationToken))
            _credit -= recordBytes;
    }

    /// <summary>Enqueues nothing more; ends when the record that waits for room has it.</summary>
    internal async Task StopAsync()
    {
        _isStopped = true;
        if (_waiting is not null)
            await CountAsync(_waiting);
    }

    private async ValueTask<bool> TryNextAsync(CancellationToken cancellationToken)
    {
        if (_isStopped)
            return false;
        if (_waiting is null)
        {
            Encoding.ASCII.GetBytes($"{Accepted:D10}", _data);
            var call = producer.EnqueueAsync(keyOf?.Invoke(Accepted) ?? $"key-{Accepted % 997}", _data, cancellationToken);
            _waiting = call.AsTask();
        }

        if (!_waiting.IsCompleted)
            return false;
        await CountAsync(_waiting);
        _waiting = null;
        return true;
    }

    private async Task CountAsync(Task<PendingRecord> call)
    {
        try
        {
            await call;
            Accepted++;
        }
        catch (RecordFailedException)
        {
            Failed++;
        }
    }
}
