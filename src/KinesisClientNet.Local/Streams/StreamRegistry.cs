using System.Collections.Concurrent;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Streams;

/// <summary>The streams of the account, by name and by incarnation. A deleted stream leaves it when its DELETING is over.</summary>
internal sealed class StreamRegistry(Arns arns, TimeProvider clock, LocalKinesisOptions options)
{
    /// <summary>The service lets five streams be CREATING at once (Kinesis API reference, CreateStream).</summary>
    private const int MaxCreating = 5;

    private const int OnDemandShards = 4;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, LocalStream> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, LocalStream> _byKey = [];
    private long _lastKey;

    /// <summary>Whether the account is in On-demand Advantage.</summary>
    public BillingCommitment Commitment { get; } = new(clock);

    /// <summary>The streams that are not gone, by name.</summary>
    public IReadOnlyList<LocalStream> All =>
        [.. _byName.Values.Where(static stream => stream.Status != Lifecycle.Gone).OrderBy(static stream => stream.Name, StringComparer.Ordinal)];

    public LocalStream Find(StreamReference stream) => FindByName(arns.NameOf(stream), stream.ToString());

    public LocalStream FindByArn(string arn) => FindByName(arns.NameOf(arn), arn);

    /// <summary>The stream of a reference; null when there is none, or the reference is odd.</summary>
    public LocalStream? TryFind(StreamReference stream) =>
        (stream.Name ?? arns.TryNameOf(stream.Arn)) is { } name && _byName.TryGetValue(name, out var found) ? found : null;

    /// <summary>The incarnation that an iterator or token was made for; null when it is gone.</summary>
    public LocalStream? FindByKey(long key) => _byKey.TryGetValue(key, out var stream) && stream.Status != Lifecycle.Gone ? stream : null;

    public LocalStream Create(string name, int shardCount, StreamSettings settings)
    {
        lock (_gate)
        {
            if (_byName.TryGetValue(name, out var existing) && existing.Status is var status && status != Lifecycle.Gone)
                throw ServiceRefusal.InUse($"Stream {name} under account {options.AccountId} already exists; its status is {status}.");
            if (_byName.Values.Count(static stream => stream.Status == Lifecycle.Creating) >= MaxCreating)
                throw ServiceRefusal.LimitExceeded($"{MaxCreating} streams are CREATING in account {options.AccountId}; wait until one is ACTIVE.");
            if (settings.IsProvisioned)
                EnsureRoom(shardCount);
            else
                EnsureOnDemandRoom();

            var now = clock.GetUtcNow();
            var created = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
            var stream = new LocalStream(new(name, arns.Stream(name), ++_lastKey, created), settings, this, clock, options);
            stream.Shards.ChangeMaxRecordBytes(settings.MaxRecordSizeInKiB * 1024);
            _byKey[stream.Birth.Key] = stream;
            _byName[name] = stream;
            var count = settings.IsProvisioned ? shardCount : OnDemandShards;
            stream.Life.Begin(Lifecycle.Creating, Lifecycle.Active, options.Delays.CreateStream, at => stream.Shards.Found(count, at));
            return stream;
        }
    }

    public void Remove(LocalStream stream)
    {
        _byName.TryRemove(new(stream.Name, stream));
        _byKey.TryRemove(stream.Birth.Key, out _);
    }

    /// <summary>Refuses when the account's provisioned streams would have more open shards than its quota.</summary>
    public void EnsureRoom(int moreShards)
    {
        var open = _byName.Values.Where(static stream => stream.Settings.IsProvisioned).Sum(static stream => stream.Shards.Table.Open.Count);
        if (open + (long)moreShards > options.MaxOpenShards)
        {
            throw ServiceRefusal.LimitExceeded(
                $"This request would exceed the shard limit for the account {options.AccountId} in {options.Region}. " +
                $"Current shard count for the account: {open}. Limit: {options.MaxOpenShards}. Number of additional shards that would " +
                $"have resulted from this request: {moreShards}. Raise LocalKinesisOptions.MaxOpenShards if the test needs more.");
        }
    }

    public void EnsureOnDemandRoom()
    {
        if (_byName.Values.Count(static stream => !stream.Settings.IsProvisioned) >= options.MaxOnDemandStreams)
        {
            throw ServiceRefusal.LimitExceeded(
                $"Account {options.AccountId} has {options.MaxOnDemandStreams} on-demand streams, its limit. " +
                "Raise LocalKinesisOptions.MaxOnDemandStreams if the test needs more.");
        }
    }

    private LocalStream FindByName(string name, string asked) =>
        _byName.TryGetValue(name, out var stream) && stream.Status != Lifecycle.Gone
            ? stream
            : throw ServiceRefusal.NotFound($"Stream {asked} under account {options.AccountId} not found in {options.Region}.");
}
