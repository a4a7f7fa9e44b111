using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Core.Sharding;

/// <summary>Lists all shards of a stream, page by page (ListShards reference: at most 1,000 a page by default, tokens valid for 300 seconds).</summary>
public static class ShardLister
{
    /// <summary>The service's own default and largest page.</summary>
    private const int PageSize = 1000;

    /// <summary>A listing of 100,000 shards takes a hundred pages; the tokens cannot expire this often unless something is wrong.</summary>
    private const int MaxRestarts = 5;

    /// <summary>A page may be empty, but a service that answers with tokens and no new shard would keep us for ever.</summary>
    private const int MaxBarrenPages = 10;

    /// <summary>Lists the shards. Calls ListShards once per 1,000 shards; starts again when the token expires in between.</summary>
    /// <param name="api">The service.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="filter">Which shards; null for all that are not expired.</param>
    /// <param name="cancellationToken">Ends the listing at once.</param>
    /// <returns>Each shard once, in the order of its first appearance, in the state that the service named last.</returns>
    /// <exception cref="KinesisApiException">A call failed, or the service's pages do not come to an end.</exception>
    public static async Task<IReadOnlyList<Shard>> ListAsync(
        IKinesisApi api, StreamReference stream, ShardFilter? filter = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(api);
        for (var restarts = 0; ; restarts++)
        {
            try
            {
                return await ListOnceAsync(api, stream, filter, cancellationToken).ConfigureAwait(false);
            }
            catch (KinesisApiException e) when (e.Kind == KinesisErrorKind.ExpiredNextToken && restarts < MaxRestarts)
            {
                // The listing took longer than the token lives. Pages of two listings must not be mixed: start again.
            }
        }
    }

    private static async Task<IReadOnlyList<Shard>> ListOnceAsync(
        IKinesisApi api, StreamReference stream, ShardFilter? filter, CancellationToken cancellationToken)
    {
        var shards = new OrderedDictionary<string, Shard>(StringComparer.Ordinal);
        var request = new ListShardsRequest(stream, filter, MaxResults: PageSize);
        var barren = 0;
        while (true)
        {
            var page = await api.ListShardsAsync(request, cancellationToken).ConfigureAwait(false);
            var before = shards.Count;
            foreach (var shard in page.Shards)
                shards[shard.ShardId] = shard;
            if (string.IsNullOrEmpty(page.NextToken))
                return [.. shards.Values];

            barren = shards.Count > before ? 0 : barren + 1;
            if (barren == MaxBarrenPages || string.Equals(page.NextToken, request.NextToken, StringComparison.Ordinal))
                throw EndlessListing(stream, shards.Count);

            // The service refuses a name, a filter or a start id beside a token (ListShards reference, NextToken).
            request = new(default, NextToken: page.NextToken, MaxResults: PageSize);
        }
    }

    private static KinesisApiException EndlessListing(StreamReference stream, int listed) => new(
        KinesisErrorKind.MalformedResponse,
        "EndlessListing",
        $"ListShards of stream '{stream}' does not end: after {listed} shards the service keeps answering with page tokens but no new shard. List again; if it persists, check the endpoint.");
}
