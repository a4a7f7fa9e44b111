using System.Collections.Concurrent;

/// <summary>What was handled, and in which order.</summary>
internal sealed class Totals
{
    private readonly ConcurrentDictionary<int, int> _times = [];
    private readonly ConcurrentDictionary<string, int> _last = [];
    private int _outOfOrder;

    public int Distinct => _times.Count;

    public int Repeats => _times.Values.Count(static times => times > 1);

    /// <summary>Orders that were handled for the first time after a later one of the same customer.</summary>
    public int OutOfOrder => _outOfOrder;

    public void Add(string customer, int order)
    {
        var isFirst = _times.AddOrUpdate(order, 1, static (_, times) => times + 1) == 1;
        var before = _last.GetValueOrDefault(customer, -1);
        if (isFirst && order < before)
            Interlocked.Increment(ref _outOfOrder);
        _last[customer] = Math.Max(before, order);
    }
}
