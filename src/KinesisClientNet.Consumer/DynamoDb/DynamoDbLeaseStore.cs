using System.Collections.Concurrent;
using System.Collections.Immutable;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static KinesisClientNet.Consumer.DynamoDb.LeaseAttributes;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>
/// Leases in one DynamoDB table, in the format of KCL 3.5: an application can be taken over from Java workers, shared with them, and given back. The table
/// is created when it is missing.
/// </summary>
/// <remarks>
/// Thread-safe. Conditional writes cost one write unit each; reading the table costs half a read unit per 4 KB; errors of the SDK pass through.
/// Rights: <c>DescribeTable, CreateTable, UpdateTable, Scan, GetItem, PutItem, UpdateItem, DeleteItem</c> on the table and <c>Query</c> on its index.
/// </remarks>
public sealed class DynamoDbLeaseStore : ILeaseStore, IDisposable
{
    /// <summary>One scan segment per this much of a table (KCL 3.5: 0.2 GB), so that small tables are read with one request.</summary>
    private const long SegmentBytes = 200_000_000;
    private const int MaxSegments = 32;
    private const int Parallelism = 20;

    private readonly IAmazonDynamoDB _client;
    private readonly bool _ownsClient;
    private readonly string _table;
    private readonly string _applicationName;
    private readonly LeaseTableOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LeaseTableCalls _calls;
    private int _segments = 1;

    /// <summary>Creates the store; nothing is called yet.</summary>
    /// <param name="client">A client; the caller disposes it. A short timeout and few retries are right, a lease lives for seconds.</param>
    /// <param name="tableName">The table, one per application.</param>
    /// <param name="options">How a missing table is made; null for the defaults. Copy what you need before: later changes have no effect on requests made, but are not guarded.</param>
    /// <param name="loggerFactory">Where to log; null for nowhere.</param>
    /// <param name="timeProvider">The clock of waits and timeouts; null for the system's.</param>
    /// <exception cref="ArgumentException">The table's name or an option is out of range.</exception>
    public DynamoDbLeaseStore(
        IAmazonDynamoDB client, string tableName, LeaseTableOptions? options = null, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
        : this(client, ownsClient: false, tableName, tableName, options ?? new(), loggerFactory, timeProvider)
    {
    }

    internal DynamoDbLeaseStore(
        IAmazonDynamoDB client, bool ownsClient, string tableName, string applicationName, LeaseTableOptions options,
        ILoggerFactory? loggerFactory, TimeProvider? timeProvider)
    {
        ArgumentNullException.ThrowIfNull(client);
        new LeaseOptions { TableName = tableName }.Validate("Leases");
        options.Validate("Leases.Table");
        _client = client;
        _ownsClient = ownsClient;
        _table = tableName;
        _applicationName = applicationName;
        _options = options;
        _time = timeProvider ?? TimeProvider.System;
        _calls = new LeaseTableCalls(client, tableName, options.RequestTimeout, _time);
        _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<DynamoDbLeaseStore>();
    }

    /// <inheritdoc/>
    public bool IsThrottle(Exception error) => error is ProvisionedThroughputExceededException or RequestLimitExceededException or ThrottlingException;

    /// <inheritdoc/>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken = default)
    {
        var table = await new LeaseTableSetup(_client, _table, _applicationName, _options, _time, _logger).PrepareAsync(cancellationToken).ConfigureAwait(false);
        _segments = (int)Math.Clamp(((table.TableSizeBytes ?? 0) + SegmentBytes - 1) / SegmentBytes, 1, MaxSegments);
    }

    /// <inheritdoc/>
    public async ValueTask<LeaseTable> ReadTableAsync(CancellationToken cancellationToken = default)
    {
        var segments = await Task.WhenAll(
            Enumerable.Range(0, _segments).Select(segment => ScanAsync(segment, _segments, cancellationToken))).ConfigureAwait(false);
        var leases = ImmutableArray.CreateBuilder<Lease>();
        var workers = ImmutableArray.CreateBuilder<WorkerReport>();
        var heartbeats = ImmutableArray.CreateBuilder<WorkerHeartbeat>();
        var unreadable = 0;
        foreach (var item in segments.SelectMany(items => items))
        {
            if (LeaseItem.IsLease(item))
            {
                if (LeaseItem.TryRead(item, out var lease))
                    leases.Add(lease);
                else
                    unreadable++;
            }
            else if (WorkerReportItem.IsReport(item) && WorkerReportItem.TryRead(item, LeaseKey, out var report))
            {
                workers.Add(report);
            }
            else if (HeartbeatItem.IsHeartbeat(item) && HeartbeatItem.TryRead(item, out var heartbeat))
            {
                heartbeats.Add(heartbeat);
            }
        }

        if (unreadable > 0)
            ConsumerLog.UnreadableLeases(_logger, unreadable, _table);
        return new(leases.ToImmutable(), workers.ToImmutable(), unreadable) { Heartbeats = heartbeats.ToImmutable() };
    }

    /// <inheritdoc/>
    public async ValueTask<Lease?> ReadLeaseAsync(string leaseKey, CancellationToken cancellationToken = default)
    {
        var item = await GetAsync(new() { [LeaseKey] = new() { S = leaseKey } }, isConsistent: true, cancellationToken).ConfigureAwait(false);
        return item is not null && LeaseItem.IsLease(item) && LeaseItem.TryRead(item, out var lease) ? lease : null;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListKeysOwnedByAsync(string owner, CancellationToken cancellationToken = default)
    {
        var keys = new List<string>();
        var request = new QueryRequest
        {
            TableName = _table,
            IndexName = OwnerIndex,
            KeyConditionExpression = $"{LeaseOwner} = :o",
            ExpressionAttributeValues = new() { [":o"] = new() { S = owner } },
        };
        do
        {
            var page = await _calls.QueryAsync(request, cancellationToken).ConfigureAwait(false);
            keys.AddRange((page.Items ?? []).Select(item => item[LeaseKey].S));
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
        return keys;
    }

    /// <inheritdoc/>
    public async ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            return new(true, await SendAsync(write, cancellationToken).ConfigureAwait(false));
        }
        catch (ConditionalCheckFailedException refused)
        {
            // Some servers do not return the old row with the refusal; then it is read, as it stands now.
            if (refused.Item is { Count: > 0 } old)
                return new(false, LeaseItem.IsLease(old) && LeaseItem.TryRead(old, out var lease) ? lease : null);
            return new(false, await ReadLeaseAsync(write.LeaseKey, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        await _calls.UpdateAsync(WorkerReportItem.Write(report, _table, LeaseKey), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteReportAsync(WorkerReport report, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        return await ConditionHeldAsync(_calls.DeleteAsync(WorkerReportItem.Delete(report, _table, LeaseKey), cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<LeaderLock?> ReadLeaderLockAsync(CancellationToken cancellationToken = default) =>
        LeaderLockItem.Read(await GetAsync(LeaderLockItem.Key(LeaseKey), isConsistent: true, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async ValueTask<LeaderLock?> PeekLeaderLockAsync(CancellationToken cancellationToken = default) =>
        LeaderLockItem.Read(await GetAsync(LeaderLockItem.Key(LeaseKey), isConsistent: false, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async ValueTask<bool> ReplaceLeaderLockAsync(LeaderLock? seen, LeaderLock? next, CancellationToken cancellationToken = default)
    {
        if (next is null)
        {
            return seen is null || await ConditionHeldAsync(_calls.DeleteAsync(LeaderLockItem.Release(seen, _table, LeaseKey), cancellationToken)).ConfigureAwait(false);
        }

        if (seen is { IsReleased: false } && !next.IsReleased && seen.Owner == next.Owner && seen.Renewal == next.Renewal)
        {
            return await ConditionHeldAsync(_calls.UpdateAsync(LeaderLockItem.Heartbeat(seen, next, _table, LeaseKey), cancellationToken)).ConfigureAwait(false);
        }

        return await ConditionHeldAsync(_calls.PutAsync(LeaderLockItem.Take(seen, next, _table, LeaseKey), cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<HeartbeatWriteResult> WriteHeartbeatAsync(WorkerHeartbeat? seen, WorkerHeartbeat? next, CancellationToken cancellationToken = default)
    {
        try
        {
            if (next is not null)
            {
                var written = await _calls.UpdateAsync(HeartbeatItem.Write(seen, next, _table), cancellationToken).ConfigureAwait(false);
                return new(true, HeartbeatItem.TryRead(written.Attributes, out var row) ? row : next);
            }

            ArgumentNullException.ThrowIfNull(seen);
            await _calls.DeleteAsync(HeartbeatItem.Delete(seen, _table), cancellationToken).ConfigureAwait(false);
            return new(true, null);
        }
        catch (ConditionalCheckFailedException refused)
        {
            // Some servers do not return the old row with the refusal; then it is read, as it stands now.
            var old = refused.Item is { Count: > 0 } item
                ? item : await GetAsync(HeartbeatItem.Key((next ?? seen)!.WorkerId), isConsistent: true, cancellationToken).ConfigureAwait(false);
            return new(false, HeartbeatItem.TryRead(old, out var current) ? current : null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<WorkerHeartbeat>> ReadHeartbeatsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(workerIds);
        var found = new ConcurrentQueue<WorkerHeartbeat>();
        await BoundedParallel.ForEachAsync(
            workerIds,
            Parallelism,
            async (worker, token) =>
            {
                if (HeartbeatItem.TryRead(await GetAsync(HeartbeatItem.Key(worker), isConsistent: false, token).ConfigureAwait(false), out var heartbeat))
                    found.Enqueue(heartbeat);
            },
            cancellationToken).ConfigureAwait(false);
        return [.. found];
    }

    /// <inheritdoc/>
    public async ValueTask TellAsync(string workerId, CancellationToken cancellationToken = default) =>
        await ConditionHeldAsync(_calls.UpdateAsync(HeartbeatItem.Tell(workerId, _table), cancellationToken)).ConfigureAwait(false);

    /// <summary>Disposes the client if the store made it itself.</summary>
    public void Dispose()
    {
        _calls.Dispose();
        if (_ownsClient)
            _client.Dispose();
    }

    private async Task<Lease?> SendAsync(LeaseWrite write, CancellationToken cancellationToken)
    {
        switch (write)
        {
            case CreateLease create:
                var put = new PutItemRequest
                {
                    TableName = _table,
                    Item = LeaseItem.From(create.Lease),
                    ConditionExpression = $"attribute_not_exists({LeaseKey})",
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                };
                await _calls.PutAsync(put, cancellationToken).ConfigureAwait(false);
                return create.Lease;
            case DeleteLease delete:
                await _calls.DeleteAsync(Deletion(delete), cancellationToken).ConfigureAwait(false);
                return null;
            default:
                var updated = await _calls.UpdateAsync(LeaseUpdate.For(write, _table), cancellationToken).ConfigureAwait(false);
                return LeaseItem.TryRead(updated.Attributes, out var lease)
                    ? lease
                    : throw new InvalidOperationException($"Lease '{write.LeaseKey}' in table '{_table}' is not readable after a write: a required attribute was removed by hand. Delete the row; it is created again.");
        }
    }

    private DeleteItemRequest Deletion(DeleteLease delete)
    {
        var request = new DeleteItemRequest { TableName = _table, Key = new() { [LeaseKey] = new() { S = delete.LeaseKey } } };
        if (!delete.OnlyFinished)
            return request;
        request.ConditionExpression = $"attribute_not_exists({LeaseKey}) OR {Checkpoint} = :end";
        request.ExpressionAttributeValues = new() { [":end"] = new() { S = "SHARD_END" } };
        request.ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD;
        return request;
    }

    private async Task<List<Dictionary<string, AttributeValue>>> ScanAsync(int segment, int segments, CancellationToken cancellationToken)
    {
        var items = new List<Dictionary<string, AttributeValue>>();
        var request = new ScanRequest { TableName = _table };
        if (segments > 1)
            (request.Segment, request.TotalSegments) = (segment, segments);
        do
        {
            var page = await _calls.ScanAsync(request, cancellationToken).ConfigureAwait(false);
            items.AddRange(page.Items ?? []);
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
        return items;
    }

    private async Task<Dictionary<string, AttributeValue>?> GetAsync(
        Dictionary<string, AttributeValue> key, bool isConsistent, CancellationToken cancellationToken)
    {
        var request = new GetItemRequest { TableName = _table, Key = key, ConsistentRead = isConsistent };
        var response = await _calls.GetAsync(request, cancellationToken).ConfigureAwait(false);
        return response.Item is { Count: > 0 } item ? item : null;
    }

    private static async Task<bool> ConditionHeldAsync(Task call)
    {
        try
        {
            await call.ConfigureAwait(false);
            return true;
        }
        catch (ConditionalCheckFailedException)
        {
            return false;
        }
    }
}
