using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Core.Tests.Service.Http;

/// <summary>A clock whose short waits are over at once and are written down; long ones (deadlines) wait for <see cref="FakeTimeProvider.Advance"/>.</summary>
internal sealed class InstantClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(1);

    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero || dueTime > Short)
            return base.CreateTimer(callback, state, dueTime, period);
        Waits.Enqueue(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
