using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer;

namespace KinesisClientNet.Testing.Fleet;

/// <summary>Producers whose chance comes from a seed: for simulations that repeat.</summary>
internal static class SeededProducer
{
    public static KinesisProducer Create(KinesisProducerOptions options, IKinesisApi api, TimeProvider clock, int seed) =>
        new(options, api, null, clock, new Random(seed));
}
