using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Simulation;

/// <summary>
/// A fleet with one rule flipped, at a seam, so that the product itself stays as it is: the oracle must notice. Each is a kind of bug that such
/// libraries have had.
/// </summary>
internal sealed class Mutant(Func<ILeaseStore, ILeaseStore>? store = null, Func<IKinesisApi, IKinesisApi>? producer = null)
{
    public static Mutant None { get; } = new();

    /// <summary>By name, for the command line and the tests.</summary>
    public static IReadOnlyDictionary<string, Mutant> All { get; } = new Dictionary<string, Mutant>(StringComparer.Ordinal)
    {
        ["none"] = None,
        ["checkpoint-too-far"] = new(static inner => new FlippedStore(inner, Flip.CheckpointTooFar)),
        ["no-fencing"] = new(static inner => new FlippedStore(inner, Flip.NoFencing)),
        ["renew-without-condition"] = new(static inner => new FlippedStore(inner, Flip.RenewWithoutCondition)),
        ["child-before-parent"] = new(static inner => new FlippedStore(inner, Flip.NoParents)),
        ["retry-that-drops"] = new(producer: static inner => new FlippedProducerApi(inner) { DropsFailedEntries = true }),
        ["aggregate-across-shards"] = new(producer: static inner => new FlippedProducerApi(inner) { HidesRanges = true }),
    };

    public ILeaseStore OfStore(ILeaseStore inner) => store?.Invoke(inner) ?? inner;

    public IKinesisApi OfProducer(IKinesisApi inner) => producer?.Invoke(inner) ?? inner;
}
