using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Consumer.Telemetry;
using Microsoft.Extensions.Logging;
using static KinesisClientNet.Consumer.DynamoDb.LeaseAttributes;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>
/// Makes the lease table usable: creates it with its index in one request, waits within a limit, adds the index to a table of an older KCL. Every
/// step looks first and may be repeated; several workers may do it at once.
/// </summary>
internal sealed class LeaseTableSetup(IAmazonDynamoDB client, string table, string applicationName, LeaseTableOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastPoll = TimeSpan.FromSeconds(5);

    /// <summary>Brings the table to use.</summary>
    /// <returns>The table's description, active and with the index.</returns>
    public async Task<TableDescription> PrepareAsync(CancellationToken cancellationToken)
    {
        if (await DescribeAsync(cancellationToken).ConfigureAwait(false) is not { } found)
        {
            await CreateAsync(cancellationToken).ConfigureAwait(false);
            found = await WaitAsync(IsUsable, options.ReadyTimeout, nameof(options.ReadyTimeout), cancellationToken).ConfigureAwait(false);
        }
        else if (!IsUsable(found))
        {
            found = await WaitAsync(IsUsable, options.ReadyTimeout, nameof(options.ReadyTimeout), cancellationToken).ConfigureAwait(false);
        }

        RefuseForeignTable(found);
        await RefuseOtherGenerationAsync(found, cancellationToken).ConfigureAwait(false);
        if (options.PointInTimeRecovery)
            await EnableRecoveryAsync(cancellationToken).ConfigureAwait(false);
        if (IndexOf(found) is null)
            await AddIndexAsync(found, cancellationToken).ConfigureAwait(false);
        return IndexOf(found)?.IndexStatus == IndexStatus.ACTIVE
            ? found
            : await WaitAsync(IsIndexed, options.IndexTimeout, nameof(options.IndexTimeout), cancellationToken).ConfigureAwait(false);
    }

    private Task<TableDescription?> DescribeAsync(CancellationToken cancellationToken) => DescribeAsync(table, cancellationToken);

    private async Task<TableDescription?> DescribeAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.DescribeTableAsync(new DescribeTableRequest { TableName = name }, cancellationToken).ConfigureAwait(false)).Table;
        }
        catch (ResourceNotFoundException)
        {
            return null;
        }
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        var throughput = options.ProvisionedCapacity
            ? new ProvisionedThroughput(options.ReadCapacityUnits, options.WriteCapacityUnits) : null;
        var request = new CreateTableRequest
        {
            TableName = table,
            AttributeDefinitions = [new(LeaseKey, ScalarAttributeType.S), new(LeaseOwner, ScalarAttributeType.S)],
            KeySchema = [new(LeaseKey, KeyType.HASH)],
            BillingMode = options.ProvisionedCapacity ? BillingMode.PROVISIONED : BillingMode.PAY_PER_REQUEST,
            ProvisionedThroughput = throughput,
            GlobalSecondaryIndexes =
            [
                new()
                {
                    IndexName = OwnerIndex,
                    KeySchema = IndexKeys(),
                    Projection = new() { ProjectionType = ProjectionType.KEYS_ONLY },
                    ProvisionedThroughput = throughput,
                },
            ],
        };
        if (options.DeletionProtection)
            request.DeletionProtectionEnabled = true;
        if (options.Tags.Count > 0)
            request.Tags = [.. options.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })];
        try
        {
            await client.CreateTableAsync(request, cancellationToken).ConfigureAwait(false);
            ConsumerLog.LeaseTableCreated(logger, table);
        }
        catch (ResourceInUseException)
        {
            // Another worker of the fleet was quicker.
        }
    }

    private async Task AddIndexAsync(TableDescription found, CancellationToken cancellationToken)
    {
        var create = new CreateGlobalSecondaryIndexAction
        {
            IndexName = OwnerIndex, KeySchema = IndexKeys(), Projection = new() { ProjectionType = ProjectionType.KEYS_ONLY },
        };
        if (found.BillingModeSummary?.BillingMode != BillingMode.PAY_PER_REQUEST && found.ProvisionedThroughput is { } capacity)
            create.ProvisionedThroughput = new(capacity.ReadCapacityUnits ?? 1, capacity.WriteCapacityUnits ?? 1);
        try
        {
            await client.UpdateTableAsync(
                new UpdateTableRequest
                {
                    TableName = table,
                    AttributeDefinitions = [new(LeaseKey, ScalarAttributeType.S), new(LeaseOwner, ScalarAttributeType.S)],
                    GlobalSecondaryIndexUpdates = [new() { Create = create }],
                },
                cancellationToken).ConfigureAwait(false);
            ConsumerLog.LeaseIndexAdded(logger, OwnerIndex, table, options.IndexTimeout);
        }
        catch (ResourceInUseException)
        {
            // The table is being updated, most likely by another worker that adds the same index; the wait below decides.
        }
    }

    private async Task EnableRecoveryAsync(CancellationToken cancellationToken) =>
        await client.UpdateContinuousBackupsAsync(
            new UpdateContinuousBackupsRequest
            {
                TableName = table, PointInTimeRecoverySpecification = new() { PointInTimeRecoveryEnabled = true },
            },
            cancellationToken).ConfigureAwait(false);

    private async Task<TableDescription> WaitAsync(
        Func<TableDescription, bool> isReady, TimeSpan limit, string setting, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        for (var delay = FirstPoll; ; delay = delay * 2 < LastPoll ? delay * 2 : LastPoll)
        {
            var found = await DescribeAsync(cancellationToken).ConfigureAwait(false);
            if (found is not null && isReady(found))
                return found;
            if (time.GetElapsedTime(started) >= limit)
            {
                throw new TimeoutException(
                    $"Lease table '{table}' was not usable within {limit} (Leases.Table.{setting}): it is {found?.TableStatus?.Value ?? "missing"}, " +
                    $"its index {OwnerIndex} is {(found is null ? null : IndexOf(found)?.IndexStatus?.Value) ?? "missing"}. Look at the table in DynamoDB, or raise the limit.");
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private void RefuseForeignTable(TableDescription found)
    {
        if (found.KeySchema is [{ AttributeName: LeaseKey } key] && key.KeyType == KeyType.HASH
            && found.AttributeDefinitions?.Find(attribute => attribute.AttributeName == LeaseKey)?.AttributeType == ScalarAttributeType.S)
        {
            return;
        }

        var keys = string.Join(", ", (found.KeySchema ?? []).Select(part => $"{part.AttributeName} {part.KeyType?.Value}"));
        throw new InvalidOperationException(
            $"Table '{table}' is not a lease table: its key is ({keys}), expected is the text '{LeaseKey}' alone. Set Leases.TableName to a table of its own; nothing was written.");
    }

    private async Task RefuseOtherGenerationAsync(TableDescription found, CancellationToken cancellationToken)
    {
        var page = await client.ScanAsync(new ScanRequest { TableName = table, ConsistentRead = true }, cancellationToken).ConfigureAwait(false);
        var generation = LeaseTableGeneration.Of(page.Items ?? [], IndexOf(found) is not null);
        var coordinator = $"{applicationName}-CoordinatorState";
        var hasCoordinator = generation.MayHaveFurtherTables && await DescribeAsync(coordinator, cancellationToken).ConfigureAwait(false) is not null;
        if (generation.Refusal(table, hasCoordinator, coordinator, options.AdoptKcl2Table) is { } why)
            throw new InvalidOperationException(why);
    }

    private static bool IsUsable(TableDescription found) => found.TableStatus == TableStatus.ACTIVE || found.TableStatus == TableStatus.UPDATING;

    private static bool IsIndexed(TableDescription found) => IsUsable(found) && IndexOf(found)?.IndexStatus == IndexStatus.ACTIVE;

    private static GlobalSecondaryIndexDescription? IndexOf(TableDescription found) =>
        found.GlobalSecondaryIndexes?.Find(index => index.IndexName == OwnerIndex);

    private static List<KeySchemaElement> IndexKeys() => [new(LeaseOwner, KeyType.HASH), new(LeaseKey, KeyType.RANGE)];
}
