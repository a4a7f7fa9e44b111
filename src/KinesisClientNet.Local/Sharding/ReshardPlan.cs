using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Sharding;

/// <summary>
/// Pure: how open shards become evenly sized ones (UpdateShardCount, UNIFORM_SCALING). Shards are cut wherever a new border lies inside
/// them, then neighbours inside one new range are merged; shards in between are born and closed on the way, as in the real service.
/// </summary>
internal sealed class ReshardPlan
{
    private readonly List<ReshardStep> _steps = [];
    private int _nextIndex;

    private ReshardPlan(int nextIndex) => _nextIndex = nextIndex;

    /// <summary>The steps, in the order of their execution.</summary>
    public IReadOnlyList<ReshardStep> Steps => _steps;

    /// <summary>Plans the way from the open shards (index and range, in hash order) to <paramref name="targetCount"/> even ones.</summary>
    public static ReshardPlan ToEvenShards(IEnumerable<(int Index, HashKeyRange Range)> open, int nextIndex, int targetCount)
    {
        var plan = new ReshardPlan(nextIndex);
        var targets = HashKeyRange.SplitEvenly(targetCount);
        var pieces = new List<(int Index, HashKeyRange Range)>();
        foreach (var shard in open)
            plan.Cut(shard, targets, pieces);

        var target = 0;
        for (var i = 0; i < pieces.Count; target++)
        {
            var merged = pieces[i++];
            while (merged.Range.End < targets[target].End)
                merged = plan.Merge(merged, pieces[i++]);
        }

        return plan;
    }

    /// <summary>Splits off the lowest piece again and again, until no new border lies inside.</summary>
    private void Cut((int Index, HashKeyRange Range) shard, HashKeyRange[] targets, List<(int Index, HashKeyRange Range)> pieces)
    {
        var rest = shard;
        foreach (var target in targets)
        {
            if (target.End < rest.Range.Start || target.End >= rest.Range.End)
                continue;
            var (lower, upper) = (new HashKeyRange(rest.Range.Start, target.End), new HashKeyRange(target.End + 1, rest.Range.End));
            _steps.Add(new([rest.Index], [lower, upper]));
            pieces.Add((_nextIndex, lower));
            rest = (_nextIndex + 1, upper);
            _nextIndex += 2;
        }

        pieces.Add(rest);
    }

    private (int Index, HashKeyRange Range) Merge((int Index, HashKeyRange Range) lower, (int Index, HashKeyRange Range) upper)
    {
        var range = new HashKeyRange(lower.Range.Start, upper.Range.End);
        _steps.Add(new([lower.Index, upper.Index], [range]));
        return (_nextIndex++, range);
    }
}
