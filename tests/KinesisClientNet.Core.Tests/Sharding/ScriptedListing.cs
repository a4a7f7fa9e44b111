using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Core.Tests.Sharding;

/// <summary>A service that can only list shards; each call is answered by the test.</summary>
internal sealed class ScriptedListing(Func<ListShardsRequest, ListShardsPage> answer) : ForwardingKinesis
{
    internal List<ListShardsRequest> Requests { get; } = [];

    public override ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.Add(request);
        return ValueTask.FromResult(answer(request));
    }
}
