namespace KinesisClientNet.Consumer;

/// <summary>How workers share shards. Every worker of one application must use the same values. Copied and checked when the consumer is built.</summary>
public sealed class LeaseOptions
{
    /// <summary>The DynamoDB table, one per application.</summary>
    /// <value>Default null: the application's name. 3 to 255 characters of <c>[a-zA-Z0-9_.-]</c>.</value>
    public string? TableName { get; set; }

    /// <summary>
    /// How long a lease lives without a sign of life. Shorter finds a dead worker faster; longer forgives longer pauses and costs fewer writes
    /// (KCL <c>failoverTimeMillis</c>). Java workers in the same application must use the same value.
    /// </summary>
    /// <value>Default 10 s. 1 s to 1 h.</value>
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The most leases that this worker is given. With fewer slots in the fleet than shards some shards are not read; that is reported.</summary>
    /// <value>Default 2147483647, which is no limit. At least 1.</value>
    public int MaxLeases { get; set; } = int.MaxValue;

    /// <summary>
    /// The most throughput of a worker, in KiB a second of records given to handlers, as the lease table shows it: a worker gets no lease that would take it above (KCL <c>maxThroughputPerHostKBps</c>). A shard that is
    /// above it alone goes to a worker without leases. What does not fit anywhere is not read; that is reported. Only the leader's setting counts; it is not looked at with <see cref="BalancesByCount"/>.
    /// </summary>
    /// <value>Default null: no limit. 1 to 1,000,000,000.</value>
    public double? MaxThroughputKBps { get; set; }

    /// <summary>Whether this worker may become the leader, which gives out the leases. Needs at least one in the fleet that may.</summary>
    /// <value>Default true.</value>
    public bool CanLead { get; set; } = true;

    /// <summary>
    /// How workers prove that they hold their leases: each lease by a write of its own, as KCL does; or all leases of a worker by one heartbeat, which costs a fraction from a few
    /// leases a worker up and cannot be used beside Java workers. The table records it; a worker with another value refuses to join.
    /// </summary>
    /// <value>Default <see cref="LeaseRenewal.PerLease"/>.</value>
    public LeaseRenewal Renewal { get; set; } = LeaseRenewal.PerLease;

    /// <summary>
    /// Whether this worker switches a table that is used with the other <see cref="Renewal"/>. Stop all workers first: it watches the table for 1.5 durations (longer when a dead leader's
    /// lock lives longer) and refuses when anything moves. Harmless when the table is in the right mode already.
    /// </summary>
    /// <value>Default false.</value>
    public bool SwitchRenewal { get; set; }

    /// <summary>
    /// With many streams: how long no worker of the application must list a stream until its leases are deleted and reading it ends; its progress is lost then. Until then it is read on, because a
    /// rolling deployment may bring a worker that lists it. Counted anew by every leader. A stream that was deleted is not waited for.
    /// </summary>
    /// <value>Default 1 h. 0 to 365 d; null never deletes.</value>
    public TimeSpan? FormerStreamGrace { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the old owner may take to finish and checkpoint when a lease is moved; then the lease moves without it.</summary>
    /// <value>Default 30 s. 1 s to 1 h.</value>
    public TimeSpan HandoverTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether leases are balanced by their number alone (KCL <c>LEASE_COUNT_BASED</c>). Else the leader balances by what their records weigh and by the workers'
    /// CPU, and by number only while nothing is known or the streams are idle. Only the leader's setting counts.
    /// </summary>
    /// <value>Default false.</value>
    public bool BalancesByCount { get; set; }

    /// <summary>
    /// How busy this worker is, for the leader: per cent of the CPU that it may use, as a mean since the last call. Called every 45 s from a background
    /// loop; a negative value or an exception counts as unknown.
    /// </summary>
    /// <value>Default null: the process's own CPU time, relative to the processors that it may use.</value>
    public Func<double>? CpuUtilization { get; set; }

    /// <summary>How the DynamoDB table is made and reached.</summary>
    public LeaseTableOptions Table { get; } = new();

    /// <summary>What fewer lease slots than shards come from and what to do, in one line.</summary>
    internal string CapacityProblem(int shards, int workers) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{shards} shard(s) are read by nobody: {workers} worker(s) with at most {MaxLeases} lease(s){(MaxThroughputKBps is { } most ? $" and {most} KiB/s" : "")} each; start more workers or raise Leases.MaxLeases{(MaxThroughputKBps is null ? "" : " or Leases.MaxThroughputKBps")}");

    /// <summary>Checks the ranges.</summary>
    /// <param name="path">Where these options stand in the configuration, for the message.</param>
    /// <exception cref="ArgumentException">A value is out of range; the message names the setting, the value and the range.</exception>
    internal void Validate(string path)
    {
        if (TableName is not null && (TableName.Length is < 3 or > 255 || TableName.AsSpan().ContainsAnyExcept(TableNameCharacters)))
            throw new ArgumentException($"{path}.{nameof(TableName)} is '{TableName}'; 3 to 255 characters of [a-zA-Z0-9_.-] are expected.");
        OptionRange.Check(path, nameof(Duration), Duration, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        OptionRange.Check(path, nameof(HandoverTimeout), HandoverTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        if (FormerStreamGrace is { } grace)
            OptionRange.Check(path, nameof(FormerStreamGrace), grace, TimeSpan.Zero, TimeSpan.FromDays(365));
        if (!Enum.IsDefined(Renewal))
            throw new ArgumentException($"{path}.{nameof(Renewal)} is {Renewal}; {nameof(LeaseRenewal.PerLease)} or {nameof(LeaseRenewal.PerWorker)} is expected.");
        if (MaxLeases < 1)
            throw new ArgumentException($"{path}.{nameof(MaxLeases)} is {MaxLeases}; at least 1 is expected.");
        if (MaxThroughputKBps is not null and not (>= 1 and <= MostThroughputKBps))
            throw new ArgumentException($"{path}.{nameof(MaxThroughputKBps)} is {MaxThroughputKBps.Value.ToString(System.Globalization.CultureInfo.InvariantCulture)}; null or 1 to 1000000000 is expected.");
        Table.Validate($"{path}.{nameof(Table)}");
    }

    private const double MostThroughputKBps = 1e9;

    private static readonly System.Buffers.SearchValues<char> TableNameCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
}
