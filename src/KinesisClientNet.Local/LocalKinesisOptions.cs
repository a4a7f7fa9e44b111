using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Local;

/// <summary>Settings of a <see cref="LocalKinesis"/>. Read and validated once, by its constructor; later changes have no effect.</summary>
public sealed class LocalKinesisOptions
{
    /// <summary>The account in ARNs.</summary>
    /// <value>Twelve digits; default <c>000000000000</c>.</value>
    public string AccountId { get; set; } = "000000000000";

    /// <summary>The region in ARNs.</summary>
    /// <value>Not empty; default <c>us-east-1</c>.</value>
    public string Region { get; set; } = "us-east-1";

    /// <summary>How rates are enforced.</summary>
    /// <value>Default <see cref="LocalThrottling.Off"/>.</value>
    public LocalThrottling Throttling { get; set; }

    /// <summary>How long passing states last.</summary>
    /// <value>Default: all zero.</value>
    public LocalDelays Delays { get; set; } = new();

    /// <summary>Open shards that the account may have over all provisioned streams.</summary>
    /// <value>1 to 1,000,000; default 20,000 (the quota of us-east-1).</value>
    public int MaxOpenShards { get; set; } = 20_000;

    /// <summary>On-demand streams that the account may have.</summary>
    /// <value>0 to 1,000,000; default 50.</value>
    public int MaxOnDemandStreams { get; set; } = 50;

    /// <summary>Leaves random gaps between the sequence numbers of a shard, as the real service does.</summary>
    /// <value>Default false: numbers of a shard count up by one.</value>
    public bool SequenceGaps { get; set; }

    /// <summary>Gives the null iterator of a closed shard on an empty page of its own instead of together with the last records. Consumers must take both.</summary>
    /// <value>Default false.</value>
    public bool ShardEndOnEmptyPage { get; set; }

    /// <summary>Seed of everything random: the iterators' key and the sequence gaps.</summary>
    /// <value>Any number; default 1.</value>
    public int Seed { get; set; } = 1;

    /// <summary>
    /// Where streams, shards, records, consumers, tags and settings are kept over restarts of the process; made when it does not exist. One
    /// service at a time can have it (see <see cref="LocalKinesis.Close"/>). What was answered survives the end of the process at any point. Not kept:
    /// metrics, daily quotas, and changes that were still under way (CREATING, UPDATING, DELETING). Keep <see cref="Seed"/>, so that iterators stay good.
    /// </summary>
    /// <value>A path; default null: everything is in memory only.</value>
    public string? DataDirectory { get; set; }

    /// <summary>Where the service logs what it does with its data directory.</summary>
    /// <value>Default null: nowhere.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>A log of the data directory longer than this, and than the snapshot before it, is replaced by a snapshot.</summary>
    internal long CompactAtBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How often a quiet subscription says that it lives. The service: about every 5 s. Days of hundreds of shards want fewer.</summary>
    internal TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether reads are held to the service's rates by counting what is above them, also where nothing is throttled: see <see cref="LocalStream.ReadsAboveLimit"/>.</summary>
    internal bool WatchesReads { get; set; }

    internal LocalKinesisOptions Validated()
    {
        if (AccountId is not { Length: 12 } || AccountId.AsSpan().ContainsAnyExceptInRange('0', '9'))
            throw new ArgumentException($"LocalKinesisOptions.AccountId is '{AccountId}'; it must be twelve digits.");
        if (string.IsNullOrWhiteSpace(Region) || Region.Contains(':', StringComparison.Ordinal))
            throw new ArgumentException($"LocalKinesisOptions.Region is '{Region}'; it must be a region such as 'us-east-1'.");
        if (!Enum.IsDefined(Throttling))
            throw new ArgumentException($"LocalKinesisOptions.Throttling is {(int)Throttling}; it must be Off, Lenient or Strict.");
        if (MaxOpenShards is < 1 or > 1_000_000)
            throw new ArgumentException($"LocalKinesisOptions.MaxOpenShards is {MaxOpenShards}; it must be between 1 and 1,000,000.");
        if (MaxOnDemandStreams is < 0 or > 1_000_000)
            throw new ArgumentException($"LocalKinesisOptions.MaxOnDemandStreams is {MaxOnDemandStreams}; it must be between 0 and 1,000,000.");
        if (Delays is null)
            throw new ArgumentException("LocalKinesisOptions.Delays is null; leave it at its default for no delays.");
        Delays.Validate();
        if (DataDirectory is not null && string.IsNullOrWhiteSpace(DataDirectory))
            throw new ArgumentException("LocalKinesisOptions.DataDirectory is empty; it must be a path, or null to keep nothing.");

        var copy = (LocalKinesisOptions)MemberwiseClone();
        copy.Delays = new()
        {
            CreateStream = Delays.CreateStream,
            DeleteStream = Delays.DeleteStream,
            UpdateStream = Delays.UpdateStream,
            RegisterConsumer = Delays.RegisterConsumer,
            DeregisterConsumer = Delays.DeregisterConsumer,
        };
        return copy;
    }
}
