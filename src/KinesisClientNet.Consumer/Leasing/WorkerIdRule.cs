namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// A worker's report stands in the lease table under the worker's id, beside the leases and KCL's own rows (KCL reference §1.8, §1.9). An id that is another row's key would overwrite that
/// row, so it is refused.
/// </summary>
internal static class WorkerIdRule
{
    /// <summary>DynamoDB's limit for a partition key.</summary>
    private const int MaxBytes = 2048;

    private static readonly string[] Reserved = ["Leader", "Migration3.0", "TableMigration3.5"];

    /// <summary>Checks an id.</summary>
    /// <exception cref="ArgumentException">It cannot be used; the message says why.</exception>
    public static void Check(string workerId, StreamDirectory streams)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(workerId);
        if (System.Text.Encoding.UTF8.GetByteCount(workerId) > MaxBytes)
            throw new ArgumentException($"WorkerId is longer than {MaxBytes} bytes, the limit of a key in DynamoDB.");
        var isTaken = workerId.StartsWith("Heartbeat/", StringComparison.Ordinal) || workerId.Contains("shardId-", StringComparison.Ordinal) || Reserved.Contains(workerId, StringComparer.Ordinal)
            || streams.Current.Any(stream => stream.StreamId == workerId || stream.Reference.ToString() == workerId);
        if (isTaken)
            throw new ArgumentException($"WorkerId '{workerId}' is the key of another row of the lease table (a lease, a lock or a stream); choose another one, unique for each process.");
    }
}
