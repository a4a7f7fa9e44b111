using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.ShardSync;

/// <summary>The audit of a stream's leases: every hash key must belong to an unfinished lease, or its records are read by nobody. Pure.</summary>
internal static class HashRangeHole
{
    /// <summary>Finds the first hole. Overlaps are legal: a parent and its children coexist.</summary>
    /// <param name="leases">The stream's leases; those without a known range are ignored.</param>
    /// <returns>The hole; null when the leases cover everything.</returns>
    public static HashKeyRange? Find(IEnumerable<Lease> leases)
    {
        var ranges = leases
            .Where(lease => !lease.IsFinished && lease.HashKeyRange is not null)
            .Select(lease => lease.HashKeyRange!.Value)
            .OrderBy(range => range.Start);
        UInt128 next = 0;
        foreach (var range in ranges)
        {
            if (range.Start > next)
                return new(next, range.Start - 1);
            if (range.End == UInt128.MaxValue)
                return null;
            if (range.End >= next)
                next = range.End + 1;
        }

        return new(next, UInt128.MaxValue);
    }
}
