using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.FanOut;
using KinesisClientNet.Local.Metering;
using KinesisClientNet.Local.Persistence;
using KinesisClientNet.Local.Sharding;
using KinesisClientNet.Local.Streams;
using KinesisClientNet.Local.Writing;

namespace KinesisClientNet.Local;

/// <summary>
/// One stream of a <see cref="LocalKinesis"/>, for tests and samples: puts, reshards and looks without the request shapes of the service.
/// The same rules and errors hold as for the service's calls. Thread-safe.
/// </summary>
public sealed class LocalStream
{
    private readonly StreamRegistry _registry;
    private readonly StreamJournal? _journal;
    private StreamSettings _settings;

    internal LocalStream(StreamBirth birth, StreamSettings settings, StreamRegistry registry, TimeProvider clock, LocalKinesisOptions options)
    {
        Birth = birth;
        Clock = clock;
        _settings = settings;
        Meter = new(clock);
        Life = new(clock, Gate);
        _registry = registry;
        _journal = registry.Journal is { } journal ? new(journal, birth.Key) : null;
        Shards = new(clock, options, Gate, _journal, unchecked(options.Seed + (int)birth.Key));
        Consumers = new(this, options);
        Scaler = new(this, options);
        Writer = new(this);
        Changes = new(this, registry, options);
        SettingChanges = new(this, registry);
        Tags = new($"stream {Name}", Save);
        Policy = new($"stream {Name}", Save);
    }

    /// <summary>The stream's name.</summary>
    public string Name => Birth.Name;

    /// <summary>The stream's ARN.</summary>
    public string Arn => Birth.Arn;

    /// <summary><c>CREATING</c>, <c>ACTIVE</c>, <c>UPDATING</c>, <c>DELETING</c>, or <c>GONE</c> after it was deleted.</summary>
    public string Status => Life.State;

    /// <summary>Ids of the open shards, in the order of their hash ranges.</summary>
    public IReadOnlyList<string> ShardIds
    {
        get
        {
            _ = Life.State;
            return [.. Shards.Table.Open.Select(static shard => shard.Id)];
        }
    }

    internal StreamBirth Birth { get; }

    internal TimeProvider Clock { get; }

    /// <summary>The stream's lock: taken for every change of its shards, state, settings and consumers; never for a put or a read.</summary>
    internal Lock Gate { get; } = new();

    internal StreamMeter Meter { get; }

    internal Lifecycle Life { get; }

    internal StreamShards Shards { get; }

    internal ConsumerRegistry Consumers { get; }

    internal RecordWriter Writer { get; }

    internal OnDemandScaler Scaler { get; }

    internal StreamChanges Changes { get; }

    internal SettingChanges SettingChanges { get; }

    internal TagSet Tags { get; }

    internal ResourcePolicy Policy { get; }

    internal StreamSettings Settings
    {
        get => Volatile.Read(ref _settings);
        set
        {
            Volatile.Write(ref _settings, value);
            Save();
        }
    }

    /// <summary>Records before this time are gone whatever the retention is now. Set before the settings that are stored with it.</summary>
    internal DateTimeOffset TrimmedBefore { get; set; }

    /// <summary>Every shard that is not expired, open and closed, in the order of their ids.</summary>
    /// <returns>A snapshot.</returns>
    public IReadOnlyList<Shard> ListShards()
    {
        _ = Life.State;
        lock (Gate)
        {
            Shards.DropExpired(Horizon(Clock.GetUtcNow()));
            return [.. Shards.Table.Shards.Select(static shard => shard.Description)];
        }
    }

    /// <summary>Puts a record as PutRecord does.</summary>
    /// <param name="partitionKey">1 to 256 Unicode characters.</param>
    /// <param name="data">The payload; copied.</param>
    /// <param name="explicitHashKey">Overrides the key's hash for placement; null for none.</param>
    /// <returns>Shard and sequence number.</returns>
    /// <exception cref="KinesisApiException">The stream cannot take it: see the code.</exception>
    public ValueTask<PutRecordsResultEntry> PutAsync(string partitionKey, ReadOnlyMemory<byte> data, UInt128? explicitHashKey = null)
    {
        try
        {
            return new(Writer.Put(new(data, partitionKey, explicitHashKey), null, Meter.Begin()));
        }
        catch (KinesisApiException error)
        {
            Meter.CountFailure(LocalOperation.PutRecord, 1, error);
            return ValueTask.FromException<PutRecordsResultEntry>(error);
        }
    }

    /// <summary>Puts a record that claims to have arrived at another time: for tests of retention, lag and AT_TIMESTAMP. Charges no rate limit.</summary>
    /// <param name="arrival">The record's arrival time; cut to the millisecond. It need not be after the last record's.</param>
    /// <param name="partitionKey">1 to 256 Unicode characters.</param>
    /// <param name="data">The payload; copied.</param>
    /// <param name="explicitHashKey">Overrides the key's hash for placement; null for none.</param>
    /// <returns>Shard and sequence number.</returns>
    /// <exception cref="KinesisApiException">The stream cannot take it: see the code.</exception>
    public PutRecordsResultEntry PutArrivedAt(DateTimeOffset arrival, string partitionKey, ReadOnlyMemory<byte> data, UInt128? explicitHashKey = null) =>
        Writer.Put(new(data, partitionKey, explicitHashKey), arrival, Meter.Begin());

    /// <summary>Splits an open shard. The children take records when the call returns, or when the stream's update delay is over.</summary>
    /// <param name="shardId">The shard.</param>
    /// <param name="newStartingHashKey">First hash key of the upper child; null for the middle.</param>
    /// <exception cref="KinesisApiException">The shard cannot be split, or the stream is not ACTIVE.</exception>
    public void Split(string shardId, UInt128? newStartingHashKey = null) => Changes.Split(shardId, newStartingHashKey);

    /// <summary>Merges two adjacent open shards.</summary>
    /// <param name="shardId">The lower shard.</param>
    /// <param name="adjacentShardId">The upper shard.</param>
    /// <exception cref="KinesisApiException">The shards are not open and adjacent in this order, or the stream is not ACTIVE.</exception>
    public void Merge(string shardId, string adjacentShardId) => Changes.Merge(shardId, adjacentShardId);

    /// <summary>Scales to evenly sized shards, between half and twice the present number.</summary>
    /// <param name="targetShardCount">The wanted number of open shards.</param>
    /// <exception cref="KinesisApiException">The number is out of bounds, or the stream is not ACTIVE.</exception>
    public void UpdateShardCount(int targetShardCount) => Changes.UpdateShardCount(targetShardCount);

    /// <summary>Measures shard-level metrics from now on, as EnableEnhancedMonitoring does; read them in <see cref="LocalKinesis.Metrics"/>.</summary>
    /// <param name="shardLevelMetrics">Names such as <c>IncomingBytes</c>, or <c>ALL</c>; none for <c>ALL</c>.</param>
    /// <exception cref="KinesisApiException">A name is not a shard-level metric, or the stream is not ACTIVE.</exception>
    public void EnableEnhancedMonitoring(params IReadOnlyList<string> shardLevelMetrics) => SettingChanges.ChangeMonitoring(shardLevelMetrics, isOn: true);

    /// <summary>Measures shard-level metrics no more, as DisableEnhancedMonitoring does. What was measured stays readable.</summary>
    /// <param name="shardLevelMetrics">Names such as <c>IncomingBytes</c>, or <c>ALL</c>; none for <c>ALL</c>.</param>
    /// <exception cref="KinesisApiException">A name is not a shard-level metric, or the stream is not ACTIVE.</exception>
    public void DisableEnhancedMonitoring(params IReadOnlyList<string> shardLevelMetrics) => SettingChanges.ChangeMonitoring(shardLevelMetrics, isOn: false);

    /// <summary>The retained records of a shard, in sequence order: what a reader from TRIM_HORIZON gets. Free of any rate limit; copies nothing.</summary>
    /// <param name="shardId">The shard.</param>
    /// <returns>A snapshot.</returns>
    /// <exception cref="KinesisApiException">There is no such shard, or it is expired.</exception>
    public IReadOnlyList<KinesisRecord> Records(string shardId)
    {
        var now = Clock.GetUtcNow();
        return FindShard(shardId, now).Read(0, int.MaxValue, long.MaxValue, Horizon(now)).Records;
    }

    /// <summary>The retained records of all shards, shard after shard in the order of their ids.</summary>
    /// <returns>A snapshot of each shard.</returns>
    public IReadOnlyList<KinesisRecord> Records() => [.. ListShards().SelectMany(shard => Records(shard.ShardId))];

    /// <summary>GetRecords calls that the service would have refused (5 a second and 2 MiB a second for each shard); watched with <see cref="LocalKinesisOptions.WatchesReads"/>.</summary>
    internal int ReadsAboveLimit => Shards.Table.Shards.Sum(static shard => shard.ReadsAboveLimit);

    /// <summary>Stores the stream without its shards, when there is a data directory.</summary>
    internal void Save()
    {
        if (_journal is null)
            return;
        lock (Gate)
            _journal.Save(Store());
    }

    /// <summary>Stores the records that were put, when there is a data directory. No lock may be held.</summary>
    internal void CommitRecords()
    {
        if (_journal is null)
            return;
        _journal.Flush();
        _registry.CompactIfDue();
    }

    internal StoredStream Store()
    {
        lock (Gate)
        {
            var (lastEpoch, consumers) = Consumers.Store();
            return new(Birth.Key, Name, Birth.CreatedAt, Birth.FirstShards, Settings, TrimmedBefore, Tags.Store(), Policy.Store(), lastEpoch, consumers);
        }
    }

    internal void Restore(RestoredStream restored)
    {
        var state = restored.State;
        TrimmedBefore = state.TrimmedBefore;
        Shards.ChangeMonitoring(ShardMeter.BitsOf(Settings.ShardLevelMetrics));
        Shards.Restore(restored.Shards);
        Consumers.Restore(state.LastConsumerEpoch, state.Consumers);
        Tags.Restore(state.Tags);
        Policy.Restore(state.Policy);
    }

    /// <summary>Records before this time are trimmed.</summary>
    internal DateTimeOffset Horizon(DateTimeOffset now) => now - TimeSpan.FromHours(Settings.RetentionHours);

    internal LocalShard FindShard(string shardId, DateTimeOffset now) => FindShard(Sharding.ShardIds.Parse(shardId), now) ?? throw NoShard(shardId);

    /// <summary>The shard with the index, or null when there is none or it is expired.</summary>
    internal LocalShard? FindShard(int index, DateTimeOffset now)
    {
        _ = Life.State;
        return Shards.Table.Find(index) is { } shard && shard.ClosedAt >= Horizon(now) ? shard : null;
    }

    internal KinesisApiException NoShard(string shardId) => ServiceRefusal.NotFound(
        $"Could not find shard {shardId} in stream {Name}: it never was, or all of its records are older than the retention of {Settings.RetentionHours} h.");

    internal StreamSummary Summarize() => new()
    {
        StreamName = Name,
        StreamArn = Arn,
        StreamStatus = Status,
        StreamMode = Settings.Mode,
        RetentionPeriodHours = Settings.RetentionHours,
        StreamCreationTimestamp = Birth.CreatedAt,
        EncryptionType = Settings.EncryptionType,
        OpenShardCount = Shards.Table.Open.Count,
        ConsumerCount = Consumers.Count,
        MaxRecordSizeInKiB = Settings.MaxRecordSizeInKiB,
        RecordDistributionStrategy = Settings.RecordDistribution,
    };
}
