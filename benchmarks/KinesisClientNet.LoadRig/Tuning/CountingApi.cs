using KinesisClientNet.Core.Service;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.LoadRig.Tuning;

/// <summary>Counts what AWS would charge for: calls, Kinesis records and PUT payload units of 25 KB.</summary>
internal sealed class CountingApi(IKinesisApi inner) : ForwardingKinesis(inner)
{
    private const int UnitBytes = 25 * 1024; // the service's pricing page: chunks of 25 KB
    private long _calls;
    private long _records;
    private long _units;

    public PutCost Cost => new(Interlocked.Read(ref _calls), Interlocked.Read(ref _records), Interlocked.Read(ref _units));

    public override ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        long units = 0;
        foreach (ref readonly var entry in request.Entries.Span)
            units += Math.Max(1, (entry.Data.Length + (entry.PartitionKey?.Length ?? 0) + UnitBytes - 1) / UnitBytes);
        Interlocked.Increment(ref _calls);
        Interlocked.Add(ref _records, request.Entries.Length);
        Interlocked.Add(ref _units, units);
        return base.PutRecordsAsync(request, cancellationToken);
    }
}

/// <summary>What was put.</summary>
internal readonly record struct PutCost(long Calls, long Records, long Units);
