using System.Collections.Concurrent;

/// <summary>What was handled, and in which order.</summary>
internal sealed class Totals
{
    private readonly ConcurrentDictionary<int, int> _times = [];
    private readonly ConcurrentDictionary<string, int> _last = [];
    private int _outOfOrder;
    private int _failures;

    public int Distinct => _times.Count;

    public int Repeats => _times.Values.Count(static times => times > 1);

    /// <summary>Orders that were handled for the first time after a later one of the same customer.</summary>
    public int OutOfOrder => _outOfOrder;

    public int Failures => _failures;

    /// <summary>Fails a call of the handler, and counts it.</summary>
    public void Fail(string why)
    {
        Interlocked.Increment(ref _failures);
        throw new InvalidOperationException(why);
    }

    public void Add(string customer, int order)
    {
        var isFirst = _times.AddOrUpdate(order, 1, static (_, times) => times + 1) == 1;
        var before = _last.GetValueOrDefault(customer, -1);
        if (isFirst && order < before)
            Interlocked.Increment(ref _outOfOrder);
        _last[customer] = Math.Max(before, order);
    }
}
