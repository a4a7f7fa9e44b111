using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Local.Tests;

/// <summary>A wall clock that an operator sets back; timers and timestamps go on evenly.</summary>
internal sealed class SetBackClock : FakeTimeProvider
{
    private TimeSpan _back;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - _back;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    public void SetBack(TimeSpan time) => _back += time;
}
