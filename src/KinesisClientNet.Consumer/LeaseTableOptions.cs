namespace KinesisClientNet.Consumer;

/// <summary>How the DynamoDB lease table is made and reached. Only <see cref="ServiceUrl"/>, <see cref="PointInTimeRecovery"/> and the time limits matter for a table that exists.</summary>
public sealed class LeaseTableOptions
{
    /// <summary>The address of another DynamoDB (emulator, VPC endpoint), <c>http</c> or <c>https</c>.</summary>
    /// <value>Default null: <c>AWS_ENDPOINT_URL_DYNAMODB</c>, <c>AWS_ENDPOINT_URL</c>, then the profile; else the region's endpoint.</value>
    public Uri? ServiceUrl { get; set; }

    /// <summary>Whether a missing table is created with provisioned capacity instead of on demand. On demand never throttles a fleet that fits in an account.</summary>
    /// <value>Default false.</value>
    public bool ProvisionedCapacity { get; set; }

    /// <summary>Read capacity units of a table created with <see cref="ProvisionedCapacity"/>.</summary>
    /// <value>Default 10. At least 1.</value>
    public long ReadCapacityUnits { get; set; } = 10;

    /// <summary>Write capacity units of a table created with <see cref="ProvisionedCapacity"/>.</summary>
    /// <value>Default 10. At least 1.</value>
    public long WriteCapacityUnits { get; set; } = 10;

    /// <summary>Whether point-in-time recovery is switched on at every start, for an existing table too. It is never switched off. Costs by the size of the table.</summary>
    /// <value>Default false.</value>
    public bool PointInTimeRecovery { get; set; }

    /// <summary>Whether a missing table is created with deletion protection.</summary>
    /// <value>Default false.</value>
    public bool DeletionProtection { get; set; }

    /// <summary>Tags of a table that is created. Needs the right to <c>dynamodb:TagResource</c>.</summary>
    /// <value>Default empty.</value>
    public IDictionary<string, string> Tags { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Whether a table of KCL 2.x is taken over: its checkpoints are kept and the index is added. Set it only when no 2.x worker runs any more; 2.x workers
    /// would stop at our rows and steal our leases. Without it such a table is refused.
    /// </summary>
    /// <value>Default false.</value>
    public bool AdoptKcl2Table { get; set; }

    /// <summary>How long a worker waits at its start for the table to become usable.</summary>
    /// <value>Default 10 min. 1 s to 1 h.</value>
    public TimeSpan ReadyTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a worker waits for the index that is added to a table made by an older KCL. DynamoDB fills it row by row.</summary>
    /// <value>Default 1 h. 1 s to 1 d.</value>
    public TimeSpan IndexTimeout { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The longest that one DynamoDB request may take, its retries included.</summary>
    /// <value>Default 10 s. 100 ms to 1 min.</value>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(10);

    internal void Validate(string path)
    {
        if (ReadCapacityUnits < 1 || WriteCapacityUnits < 1)
        {
            throw new ArgumentException(
                $"{path}.{nameof(ReadCapacityUnits)} is {ReadCapacityUnits} and {path}.{nameof(WriteCapacityUnits)} is {WriteCapacityUnits}; at least 1 each is expected.");
        }

        OptionRange.Check(path, nameof(ReadyTimeout), ReadyTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        OptionRange.Check(path, nameof(IndexTimeout), IndexTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        OptionRange.Check(path, nameof(RequestTimeout), RequestTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        if (ServiceUrl is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https")))
            throw new ArgumentException($"{path}.{nameof(ServiceUrl)} is '{url}'; an absolute http or https address is expected.");
    }
}
