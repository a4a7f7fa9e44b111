using System.Globalization;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Sharding;

public sealed class ShardListerTests
{
    private static readonly StreamReference Orders = new("orders");
    private static readonly ShardFilter OpenOnly = new(ShardFilterType.AtLatest);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Pages like the service: the token is the index of the next shard, and a name or filter beside it is refused.</summary>
    private static ListShardsPage Page(Shard[] all, ListShardsRequest request)
    {
        if (request.NextToken is not null && (request.Stream != default || request.Filter is not null || request.ExclusiveStartShardId is not null))
            throw Error(KinesisErrorKind.InvalidArgument, "InvalidArgumentException");
        var from = request.NextToken is { } token ? int.Parse(token, CultureInfo.InvariantCulture) : 0;
        var to = Math.Min(from + Math.Min(request.MaxResults ?? 1000, 1000), all.Length);
        return new(all[from..to], to < all.Length ? to.ToString(CultureInfo.InvariantCulture) : null);
    }

    private static KinesisApiException Error(KinesisErrorKind kind, string code) => new(kind, code, "refused", 400);

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(3500, 4)]
    [Trait("Story", "R3")]
    public async Task Listing_follows_the_pages_beyond_a_thousand_shards(int count, int calls)
    {
        var all = count == 0 ? [] : Shards.Even(count);
        var api = new ScriptedListing(request => Page(all, request));

        var listed = await ShardLister.ListAsync(api, Orders, OpenOnly, Token);

        Assert.Equal(all, listed);
        Assert.Equal(calls, api.Requests.Count);
        Assert.Equal(Orders, api.Requests[0].Stream);
        Assert.Equal(OpenOnly, api.Requests[0].Filter);
    }

    [Fact]
    public async Task No_name_and_no_filter_go_beside_a_token()
    {
        var api = new ScriptedListing(request => Page(Shards.Even(2500), request));

        await ShardLister.ListAsync(api, Orders, OpenOnly, Token);

        Assert.All(api.Requests.Skip(1), request => Assert.Equal(new ListShardsRequest(default, NextToken: request.NextToken, MaxResults: 1000), request));
    }

    [Fact]
    public async Task Expired_token_starts_the_listing_again_without_mixing_pages()
    {
        var old = Shards.Even(1500);
        var @new = Shards.Even(1200);
        var expired = false;
        var api = new ScriptedListing(request =>
        {
            if (request.NextToken is null || expired)
                return Page(expired ? @new : old, request);
            expired = true;
            throw Error(KinesisErrorKind.ExpiredNextToken, "ExpiredNextTokenException");
        });

        var listed = await ShardLister.ListAsync(api, Orders, null, Token);

        Assert.Equal(@new, listed);
        Assert.Equal(4, api.Requests.Count);
    }

    [Fact]
    public async Task Token_that_always_expires_ends_in_the_services_error()
    {
        var api = new ScriptedListing(request => request.NextToken is null
            ? Page(Shards.Even(1500), request)
            : throw Error(KinesisErrorKind.ExpiredNextToken, "ExpiredNextTokenException"));

        var error = await Assert.ThrowsAsync<KinesisApiException>(() => ShardLister.ListAsync(api, Orders, null, Token));

        Assert.Equal(KinesisErrorKind.ExpiredNextToken, error.Kind);
        Assert.Equal(12, api.Requests.Count);
    }

    [Fact]
    public async Task Token_that_leads_to_itself_is_an_error()
    {
        var api = new ScriptedListing(_ => new([Shards.Open(0, 0, 9)], "same"));

        var error = await Assert.ThrowsAsync<KinesisApiException>(() => ShardLister.ListAsync(api, Orders, null, Token));

        Assert.Equal(KinesisErrorKind.MalformedResponse, error.Kind);
        Assert.Contains("'orders'", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, api.Requests.Count);
    }

    [Fact]
    public async Task Tokens_that_lead_in_a_circle_are_an_error()
    {
        var api = new ScriptedListing(request => new([Shards.Open(0, 0, 9)], request.NextToken == "a" ? "b" : "a"));

        var error = await Assert.ThrowsAsync<KinesisApiException>(() => ShardLister.ListAsync(api, Orders, null, Token));

        Assert.Equal("EndlessListing", error.Code);
        Assert.InRange(api.Requests.Count, 2, 20);
    }

    [Fact]
    public async Task A_few_empty_pages_do_not_end_the_listing()
    {
        var api = new ScriptedListing(request => request.NextToken switch
        {
            null => new([Shards.Open(0, 0, 9)], "1"),
            "1" => new([], "2"),
            "2" => new([], "3"),
            _ => new([Shards.Open(1, 10, UInt128.MaxValue)], null),
        });

        var listed = await ShardLister.ListAsync(api, Orders, null, Token);

        Assert.Equal(2, listed.Count);
    }

    [Fact]
    public async Task Shard_that_appears_on_two_pages_is_listed_once_in_its_last_state()
    {
        var api = new ScriptedListing(request => request.NextToken is null
            ? new([Shards.Open(0, 0, 9), Shards.Open(1, 10, 19)], "1")
            : new([Shards.Closed(0, 0, 9)], null));

        var listed = await ShardLister.ListAsync(api, Orders, null, Token);

        Assert.Equal([Shards.Id(0), Shards.Id(1)], listed.Select(s => s.ShardId));
        Assert.False(listed[0].IsOpen);
    }

    [Fact]
    public async Task Other_errors_and_cancellation_reach_the_caller()
    {
        var api = new ScriptedListing(_ => throw Error(KinesisErrorKind.NotFound, "ResourceNotFoundException"));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAsync<KinesisApiException>(() => ShardLister.ListAsync(api, Orders, null, Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ShardLister.ListAsync(api, Orders, null, cancelled.Token));

        Assert.Single(api.Requests);
    }
}
