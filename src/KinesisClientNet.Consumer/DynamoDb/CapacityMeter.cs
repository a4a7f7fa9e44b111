using System.Diagnostics.Metrics;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using KinesisClientNet.Core.Telemetry;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>Counts the read and write units that DynamoDB charges for the lease table, by operation. Units are only asked for while somebody listens.</summary>
internal sealed class CapacityMeter : IDisposable
{
    public const string InstrumentName = "kinesis.consumer.lease_table.capacity";

    private readonly Meter _meter = new(KinesisClientTelemetry.ConsumerName);
    private readonly Counter<double> _units;
    private readonly string _table;

    public CapacityMeter(string table)
    {
        _table = table;
        _units = _meter.CreateCounter<double>(InstrumentName, "{unit}", "DynamoDB capacity that the lease table has used: read or write request units, or provisioned capacity units.");
    }

    /// <summary>What requests ask for: the total while somebody listens, else nothing.</summary>
    public ReturnConsumedCapacity Wanted => _units.Enabled ? ReturnConsumedCapacity.TOTAL : ReturnConsumedCapacity.NONE;

    /// <summary>Counts one answer.</summary>
    /// <param name="operation">The operation in OpenTelemetry's spelling, such as <c>get_item</c>.</param>
    /// <param name="isWrite">Whether write units were used.</param>
    /// <param name="used">What the answer says; null when it was not asked for.</param>
    public void Count(string operation, bool isWrite, ConsumedCapacity? used)
    {
        if (used?.CapacityUnits is { } units)
            Add(operation, isWrite, units);
    }

    /// <summary>
    /// Counts a write whose condition did not hold: DynamoDB charges it by the size of the row and does not say how much (developer guide, "Condition expressions": failed conditional
    /// writes consume write units). Our rows are below 1 KB unless a shard has very many children, so it is one unit.
    /// </summary>
    public void CountRefusal(string operation) => Add(operation, isWrite: true, 1);

    public void Dispose() => _meter.Dispose();

    private void Add(string operation, bool isWrite, double units)
    {
        if (_units.Enabled)
            _units.Add(units, new("db.operation.name", operation), new("db.collection.name", _table), new("kinesis.capacity.kind", isWrite ? "write" : "read"));
    }
}
