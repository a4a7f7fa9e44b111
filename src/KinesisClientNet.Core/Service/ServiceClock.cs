namespace KinesisClientNet.Core.Service;

/// <summary>The service's time as far as it is known: the local clock plus an offset that is set when the service refuses our time. Thread-safe.</summary>
internal sealed class ServiceClock(TimeProvider timeProvider, bool mayCorrect)
{
    /// <summary>The service allows five minutes; below four the clock is not what it complains about (the SDK's threshold as well).</summary>
    private static readonly TimeSpan Threshold = TimeSpan.FromMinutes(4);

    private long _offsetTicks;

    public TimeSpan Offset => new(Interlocked.Read(ref _offsetTicks));

    /// <summary>The time to sign with.</summary>
    public DateTimeOffset Now => timeProvider.GetUtcNow() + Offset;

    /// <summary>Takes the service's time after it refused ours.</summary>
    /// <returns>True when the time that was signed with was wrong and another attempt makes sense.</returns>
    public bool TryCorrect(DateTimeOffset serviceTime, DateTimeOffset signedWith)
    {
        if (!mayCorrect || (serviceTime - signedWith).Duration() < Threshold)
            return false;
        Interlocked.Exchange(ref _offsetTicks, (serviceTime - timeProvider.GetUtcNow()).Ticks);
        return true;
    }
}
