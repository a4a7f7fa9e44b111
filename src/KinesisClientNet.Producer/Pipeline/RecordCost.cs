using KinesisClientNet.Core.Aggregation;

namespace KinesisClientNet.Producer.Pipeline;

/// <summary>What the budget holds for a record. The same number is given back, however often the record is packed anew meanwhile.</summary>
/// <param name="Overhead">Bytes of bookkeeping a record: little inside an aggregate, a whole object for one that travels alone.</param>
internal readonly record struct RecordCost(int Overhead)
{
    internal static RecordCost For(bool aggregates, bool carriesTraceParent = false) =>
        new(aggregates ? 32 + (carriesTraceParent ? AggregatedTraceParent.FieldBytes : 0) : 384);

    internal int Of(int keyBytes, int dataBytes) => Overhead + keyBytes + dataBytes;
}
