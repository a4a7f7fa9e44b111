using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Metering;
using KinesisClientNet.Local.Persistence;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.FanOut;

/// <summary>A registered consumer and its subscriptions. The stream's lock guards it.</summary>
internal sealed class RegisteredConsumer(LocalStream stream, string name, long epoch, DateTimeOffset createdAt)
{
    private readonly Dictionary<int, SubscriptionSlot> _slots = [];

    public string Name => name;

    /// <summary>Second of its registration, unique in its stream and rising: the end of its ARN, and the order of a listing.</summary>
    public long Epoch => epoch;

    public string Arn { get; } = Arns.Consumer(stream.Arn, name, epoch);

    public Lifecycle Life { get; } = new(stream.Clock, stream.Gate);

    public ConsumerMeter Meter { get; } = new(stream.Clock);

    public TagSet Tags { get; } = new($"consumer {name}", stream.Save);

    public ResourcePolicy Policy { get; } = new($"consumer {name}", stream.Save);

    public SubscriptionSlot SlotOf(int shardIndex)
    {
        if (!_slots.TryGetValue(shardIndex, out var slot))
            _slots.Add(shardIndex, slot = new());
        return slot;
    }

    /// <summary>Ends every subscription, as the service does when the consumer goes.</summary>
    public void CloseAll()
    {
        foreach (var slot in _slots.Values)
            slot.Live?.End(SubscriptionEnd.ConsumerGone);
    }

    public StreamConsumer Describe(bool withStream) => new(name, Arn, Life.State, createdAt, withStream ? stream.Arn : null);

    /// <summary>The consumer as it is stored.</summary>
    public StoredConsumer Store() => new(name, epoch, createdAt, Tags.Store(), Policy.Store());
}
