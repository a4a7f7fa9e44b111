using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Metering;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.FanOut;

/// <summary>A registered consumer and its subscriptions. The stream's lock guards it.</summary>
internal sealed class RegisteredConsumer(string name, long epoch, string streamArn, DateTimeOffset createdAt, Lifecycle life, TimeProvider clock)
{
    private readonly Dictionary<int, SubscriptionSlot> _slots = [];

    public string Name => name;

    /// <summary>Second of its registration, unique in its stream and rising: the end of its ARN, and the order of a listing.</summary>
    public long Epoch => epoch;

    public string Arn { get; } = Arns.Consumer(streamArn, name, epoch);

    public Lifecycle Life => life;

    public ConsumerMeter Meter { get; } = new(clock);

    public TagSet Tags { get; } = new($"consumer {name}");

    public ResourcePolicy Policy { get; } = new($"consumer {name}");

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

    public StreamConsumer Describe(bool withStream) => new(name, Arn, life.State, createdAt, withStream ? streamArn : null);
}
