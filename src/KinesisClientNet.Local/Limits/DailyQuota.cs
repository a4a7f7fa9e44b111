namespace KinesisClientNet.Local.Limits;

/// <summary>So many calls in any 24 hours. Its owner's lock guards it.</summary>
internal sealed class DailyQuota(TimeProvider clock, int calls)
{
    private readonly Queue<DateTimeOffset> _taken = [];

    public bool TryTake()
    {
        var now = clock.GetUtcNow();
        while (_taken.TryPeek(out var oldest) && now - oldest >= TimeSpan.FromDays(1))
            _taken.Dequeue();
        if (_taken.Count >= calls)
            return false;
        _taken.Enqueue(now);
        return true;
    }
}
