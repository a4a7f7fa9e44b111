using System.Collections.Concurrent;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>A Kinesis whose reads fail, hang or come back empty as the test says; counts calls and keeps when they were made.</summary>
public sealed class FlakyKinesis(IKinesisApi inner) : ForwardingKinesis(inner)
{
    private readonly ConcurrentQueue<Func<CancellationToken, ValueTask<GetRecordsPage?>>> _next = new();

    public List<GetRecordsRequest> Reads { get; } = [];

    public List<StartingPosition> Iterators { get; } = [];

    public Action? OnRead { get; set; }

    public void FailNextReads(int count, KinesisErrorKind kind)
    {
        for (var i = 0; i < count; i++)
            _next.Enqueue(_ => throw new KinesisApiException(kind, kind.ToString(), "as the test says"));
    }

    /// <summary>The next read never ends, whatever becomes of its token.</summary>
    public void HangNextRead() => _next.Enqueue(async _ =>
    {
        await new TaskCompletionSource().Task;
        return null;
    });

    /// <summary>Listings that never end, whatever becomes of their token.</summary>
    public int HangingLists { get; set; }

    public void EmptyNextReads(int count, long millisBehindLatest)
    {
        for (var i = 0; i < count; i++)
            _next.Enqueue(_ => ValueTask.FromResult<GetRecordsPage?>(new GetRecordsPage([], "iterator-of-the-test", millisBehindLatest)));
    }

    public override async ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
    {
        lock (Reads)
            Reads.Add(request);
        OnRead?.Invoke();
        if (_next.TryDequeue(out var scripted) && await scripted(cancellationToken) is { } page)
            return new GetRecordsPage(page.Records, request.ShardIterator, page.MillisBehindLatest);
        return await base.GetRecordsAsync(request, cancellationToken);
    }

    public override async ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        if (HangingLists > 0)
        {
            HangingLists--;
            await new TaskCompletionSource().Task;
        }

        return await base.ListShardsAsync(request, cancellationToken);
    }

    public override ValueTask<string> GetShardIteratorAsync(StreamReference stream, string shardId, StartingPosition position, CancellationToken cancellationToken = default)
    {
        lock (Iterators)
            Iterators.Add(position);
        return base.GetShardIteratorAsync(stream, shardId, position, cancellationToken);
    }
}
