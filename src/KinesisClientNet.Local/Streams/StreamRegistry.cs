using System.Collections.Concurrent;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Persistence;

namespace KinesisClientNet.Local.Streams;

/// <summary>The streams of the account, by name and by incarnation. A deleted stream leaves it when its DELETING is over.</summary>
internal sealed class StreamRegistry
{
    /// <summary>The service lets five streams be CREATING at once (Kinesis API reference, CreateStream).</summary>
    private const int MaxCreating = 5;

    private const int OnDemandShards = 4;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, LocalStream> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, LocalStream> _byKey = [];
    private readonly Arns _arns;
    private readonly TimeProvider _clock;
    private readonly LocalKinesisOptions _options;
    private long _lastKey;

    public StreamRegistry(Arns arns, TimeProvider clock, LocalKinesisOptions options, Journal? journal)
    {
        (_arns, _clock, _options, Journal) = (arns, clock, options, journal);
        Commitment = new(clock, () => Journal?.Save(Store()));
    }

    /// <summary>Where changes are stored; null without a data directory.</summary>
    public Journal? Journal { get; }

    /// <summary>Whether the account is in On-demand Advantage.</summary>
    public BillingCommitment Commitment { get; }

    /// <summary>The streams that are not gone, by name.</summary>
    public IReadOnlyList<LocalStream> All =>
        [.. _byName.Values.Where(static stream => stream.Status != Lifecycle.Gone).OrderBy(static stream => stream.Name, StringComparer.Ordinal)];

    public LocalStream Find(StreamReference stream) => FindByName(_arns.NameOf(stream), stream.ToString());

    public LocalStream FindByArn(string arn) => FindByName(_arns.NameOf(arn), arn);

    /// <summary>The stream of a reference; null when there is none, or the reference is odd.</summary>
    public LocalStream? TryFind(StreamReference stream) =>
        (stream.Name ?? _arns.TryNameOf(stream.Arn)) is { } name && _byName.TryGetValue(name, out var found) ? found : null;

    /// <summary>The incarnation that an iterator or token was made for; null when it is gone.</summary>
    public LocalStream? FindByKey(long key) => _byKey.TryGetValue(key, out var stream) && stream.Status != Lifecycle.Gone ? stream : null;

    public LocalStream Create(string name, int shardCount, StreamSettings settings)
    {
        lock (_gate)
        {
            if (_byName.TryGetValue(name, out var existing) && existing.Status is var status && status != Lifecycle.Gone)
                throw ServiceRefusal.InUse($"Stream {name} under account {_options.AccountId} already exists; its status is {status}.");
            if (_byName.Values.Count(static stream => stream.Status == Lifecycle.Creating) >= MaxCreating)
                throw ServiceRefusal.LimitExceeded($"{MaxCreating} streams are CREATING in account {_options.AccountId}; wait until one is ACTIVE.");
            if (settings.IsProvisioned)
                EnsureRoom(shardCount);
            else
                EnsureOnDemandRoom();

            var now = _clock.GetUtcNow();
            var created = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
            var count = settings.IsProvisioned ? shardCount : OnDemandShards;
            var stream = Add(new(name, _arns.Stream(name), ++_lastKey, created, count), settings);
            stream.Save(); // after it can be seen, so that a snapshot that begins in between holds it too
            stream.Life.Begin(Lifecycle.Creating, Lifecycle.Active, _options.Delays.CreateStream, at => stream.Shards.Found(count, at));
            return stream;
        }
    }

    /// <summary>Takes the streams that were read back. They are ACTIVE; one that had no shards yet gets them.</summary>
    public void Restore(RestoredAccount account)
    {
        lock (_gate)
        {
            _lastKey = account.LastKey;
            Commitment.Restore(account.Account.CommitmentStartedAt, account.Account.CommitmentEndsAt);
            foreach (var restored in account.Streams)
            {
                var state = restored.State;
                var stream = Add(new(state.Name, _arns.Stream(state.Name), state.Key, state.CreatedAt, state.FirstShards), state.Settings);
                stream.Restore(restored);
                stream.Life.Begin(Lifecycle.Creating, Lifecycle.Active, TimeSpan.Zero, at =>
                {
                    if (restored.Shards.Count == 0)
                        stream.Shards.Found(state.FirstShards, at);
                });
            }
        }
    }

    /// <summary>What is stored of the account itself.</summary>
    public StoredAccount Store()
    {
        var (startedAt, endsAt) = Commitment.Store();
        return new(Interlocked.Read(ref _lastKey), startedAt, endsAt);
    }

    /// <summary>Keeps the data directory short. No lock may be held.</summary>
    public void CompactIfDue() => Journal?.CompactIfDue(this);

    public void Remove(LocalStream stream)
    {
        _byName.TryRemove(new(stream.Name, stream));
        _byKey.TryRemove(stream.Birth.Key, out _);
        Journal?.SaveDeletion(stream.Birth.Key);
    }

    private LocalStream Add(StreamBirth birth, StreamSettings settings)
    {
        var stream = new LocalStream(birth, settings, this, _clock, _options);
        stream.Shards.ChangeMaxRecordBytes(settings.MaxRecordSizeInKiB * 1024);
        _byKey[birth.Key] = stream;
        _byName[birth.Name] = stream;
        return stream;
    }

    /// <summary>Refuses when the account's provisioned streams would have more open shards than its quota.</summary>
    public void EnsureRoom(int moreShards)
    {
        var open = _byName.Values.Where(static stream => stream.Settings.IsProvisioned).Sum(static stream => stream.Shards.Table.Open.Count);
        if (open + (long)moreShards > _options.MaxOpenShards)
        {
            throw ServiceRefusal.LimitExceeded(
                $"This request would exceed the shard limit for the account {_options.AccountId} in {_options.Region}. " +
                $"Current shard count for the account: {open}. Limit: {_options.MaxOpenShards}. Number of additional shards that would " +
                $"have resulted from this request: {moreShards}. Raise LocalKinesisOptions.MaxOpenShards if the test needs more.");
        }
    }

    public void EnsureOnDemandRoom()
    {
        if (_byName.Values.Count(static stream => !stream.Settings.IsProvisioned) >= _options.MaxOnDemandStreams)
        {
            throw ServiceRefusal.LimitExceeded(
                $"Account {_options.AccountId} has {_options.MaxOnDemandStreams} on-demand streams, its limit. " +
                "Raise LocalKinesisOptions.MaxOnDemandStreams if the test needs more.");
        }
    }

    private LocalStream FindByName(string name, string asked) =>
        _byName.TryGetValue(name, out var stream) && stream.Status != Lifecycle.Gone
            ? stream
            : throw ServiceRefusal.NotFound($"Stream {asked} under account {_options.AccountId} not found in {_options.Region}.");
}
