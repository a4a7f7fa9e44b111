using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Persistence;
using KinesisClientNet.Local.Reading;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.FanOut;

/// <summary>The registered consumers of a stream. The stream's lock guards it.</summary>
internal sealed class ConsumerRegistry(LocalStream stream, LocalKinesisOptions options)
{
    private const int MaxConsumers = 20;
    private const int MaxCreating = 5;
    private static readonly TimeSpan HoldTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CallInterval = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<string, RegisteredConsumer> _consumers = new(StringComparer.Ordinal);
    private long _lastEpoch;

    public int Count
    {
        get
        {
            lock (stream.Gate)
                return Live().Length;
        }
    }

    public StreamConsumer Register(string name)
    {
        Shapes.Name(name, "consumerName");
        lock (stream.Gate)
        {
            if (stream.Status is Lifecycle.Creating or Lifecycle.Deleting)
                throw ServiceRefusal.InUse($"Stream {stream.Name} is {stream.Status}; consumers register when it is ACTIVE.");
            if (_consumers.TryGetValue(name, out var existing) && existing.Life.State is var state && state != Lifecycle.Gone)
                throw ServiceRefusal.InUse($"Consumer {name} of stream {stream.Name} under account {options.AccountId} already exists; its status is {state}.");
            if (Live().Length >= MaxConsumers)
                throw ServiceRefusal.LimitExceeded($"Stream {stream.Name} has {MaxConsumers} consumers, the limit.");
            if (Live().Count(static consumer => consumer.Life.State == Lifecycle.Creating) >= MaxCreating)
                throw ServiceRefusal.LimitExceeded($"{MaxCreating} consumers of stream {stream.Name} are CREATING; wait until one is ACTIVE.");

            // A consumer that comes back in the same second still gets another ARN.
            var now = stream.Clock.GetUtcNow();
            _lastEpoch = Math.Max(now.ToUnixTimeSeconds(), _lastEpoch + 1);
            var created = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
            var consumer = new RegisteredConsumer(stream, name, _lastEpoch, created);
            _consumers[name] = consumer;
            consumer.Life.Begin(Lifecycle.Creating, Lifecycle.Active, options.Delays.RegisterConsumer, static _ => { });
            stream.Save();
            return consumer.Describe(withStream: false);
        }
    }

    public RegisteredConsumer Find(string? name, string? arn)
    {
        lock (stream.Gate)
        {
            return Live().FirstOrDefault(consumer => (name ?? consumer.Name) == consumer.Name && (arn ?? consumer.Arn) == consumer.Arn)
                ?? throw ServiceRefusal.NotFound($"Consumer {arn ?? name} of stream {stream.Name} under account {options.AccountId} not found.");
        }
    }

    public StreamConsumer Describe(string? name, string? arn) => Find(name, arn).Describe(withStream: true);

    /// <summary>The consumers that were registered after the epoch, oldest first.</summary>
    public IReadOnlyList<RegisteredConsumer> List(long afterEpoch)
    {
        lock (stream.Gate)
            return [.. Live().Where(consumer => consumer.Epoch > afterEpoch).OrderBy(static consumer => consumer.Epoch)];
    }

    public void Deregister(string? name, string? arn)
    {
        lock (stream.Gate)
        {
            var consumer = Find(name, arn);
            if (consumer.Life.State != Lifecycle.Active)
                throw ServiceRefusal.InUse($"Consumer {consumer.Name} of stream {stream.Name} is {consumer.Life.State}; wait until it is ACTIVE.");
            consumer.Life.Begin(Lifecycle.Deleting, Lifecycle.Gone, options.Delays.DeregisterConsumer, _ =>
            {
                _consumers.Remove(consumer.Name);
                consumer.CloseAll();
                stream.Save();
            });
        }
    }

    /// <summary>The consumers as they are stored, and the last epoch that one got.</summary>
    public (long LastEpoch, StoredConsumer[] Consumers) Store()
    {
        lock (stream.Gate)
            return (_lastEpoch, [.. Live().Select(static consumer => consumer.Store())]);
    }

    /// <summary>Takes the consumers that were read back. They are ACTIVE.</summary>
    public void Restore(long lastEpoch, IEnumerable<StoredConsumer> consumers)
    {
        lock (stream.Gate)
        {
            _lastEpoch = lastEpoch;
            foreach (var stored in consumers)
            {
                var consumer = new RegisteredConsumer(stream, stored.Name, stored.Epoch, stored.CreatedAt);
                consumer.Tags.Restore(stored.Tags);
                consumer.Policy.Restore(stored.Policy);
                consumer.Life.Begin(Lifecycle.Creating, Lifecycle.Active, TimeSpan.Zero, static _ => { });
                _consumers[stored.Name] = consumer;
            }
        }
    }

    public void CloseAll(DateTimeOffset now)
    {
        lock (stream.Gate)
        {
            foreach (var consumer in _consumers.Values)
                consumer.CloseAll();
            _consumers.Clear();
            _lastEpoch = Math.Max(_lastEpoch, now.ToUnixTimeSeconds());
        }
    }

    /// <summary>One live subscription per consumer and shard: refused for five seconds after a successful call, then it takes over.</summary>
    public LocalSubscription Subscribe(string consumerArn, string shardId, StartingPosition position)
    {
        lock (stream.Gate)
        {
            var consumer = Find(null, consumerArn);
            if (consumer.Life.State != Lifecycle.Active)
                throw ServiceRefusal.InUse($"Consumer {consumerArn} is {consumer.Life.State}; subscribe when it is ACTIVE.");
            var now = stream.Clock.GetUtcNow();
            var shard = stream.FindShard(Shapes.Name(shardId, "shardId"), now);
            var counter = PositionRules.Resolve(stream, shard, position, now);

            var slot = consumer.SlotOf(shard.Birth.Index);
            var (sinceCall, sinceSuccess) = (Since(slot.LastCall), Since(slot.LastSuccess));
            slot.LastCall = stream.Clock.GetTimestamp();
            if (options.Throttling != LocalThrottling.Off && sinceCall < CallInterval && sinceSuccess >= CallInterval)
            {
                consumer.Meter.CountSubscribe(succeeded: false, rateExceeded: true);
                throw ServiceRefusal.RateExceeded($"Rate exceeded for SubscribeToShard of consumer {consumer.Name} on shard {shard.Id}: one call per second.");
            }

            if (sinceSuccess < HoldTime)
            {
                consumer.Meter.CountSubscribe(succeeded: false, rateExceeded: true);
                throw ServiceRefusal.InUse(
                    $"Another active subscription exists for consumer {consumer.Name} on shard {shard.Id} of stream {stream.Name}: " +
                    "it can be taken over five seconds after it began.");
            }

            slot.Live?.End(SubscriptionEnd.TakenOver);
            slot.LastSuccess = slot.LastCall;
            consumer.Meter.CountSubscribe(succeeded: true, rateExceeded: false);
            return slot.Live = new(stream, shard, counter, consumer.Meter, options);
        }
    }

    private TimeSpan Since(long? timestamp) => timestamp is { } at ? stream.Clock.GetElapsedTime(at) : TimeSpan.MaxValue;

    private RegisteredConsumer[] Live() => [.. _consumers.Values.Where(static consumer => consumer.Life.State != Lifecycle.Gone)];
}
