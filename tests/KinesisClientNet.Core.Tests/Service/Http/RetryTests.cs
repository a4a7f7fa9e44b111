using KinesisClientNet.Core.Resilience;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Http;
using Polly;

namespace KinesisClientNet.Core.Tests.Service.Http;

public sealed class RetryTests
{
    private const string Summary = """{"StreamDescriptionSummary":{"StreamName":"s","StreamARN":"a","StreamStatus":"ACTIVE"}}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Kind and code of a failure, and which classes of calls repeat it: Read, PacedRead, Control, Put.</summary>
    [Theory]
    [InlineData("ProvisionedThroughputExceededException", 400, "R.C.")]
    [InlineData("ThrottlingException", 400, "R.C.")]
    [InlineData("KMSThrottlingException", 400, "R.C.")]
    [InlineData("LimitExceededException", 400, "....")]
    [InlineData("InternalFailureException", 500, "RP..")]
    [InlineData("ServiceUnavailable", 503, "RP..")]
    [InlineData("", 502, "RP..")]
    [InlineData("", 429, "R.C.")]
    [InlineData("ExpiredIteratorException", 400, "....")]
    [InlineData("ExpiredNextTokenException", 400, "....")]
    [InlineData("ResourceInUseException", 400, "....")]
    [InlineData("ResourceNotFoundException", 400, "....")]
    [InlineData("ValidationException", 400, "....")]
    [InlineData("AccessDeniedException", 400, "....")]
    [InlineData("KMSDisabledException", 400, "....")]
    [InlineData("MissingAuthenticationTokenException", 400, "....")]
    [InlineData("", 413, "....")]
    [InlineData("SomethingNewException", 400, "....")]
    [InlineData(ErrorCatalogue.ConnectionFailed, 0, "RPCU")]
    [InlineData(ErrorCatalogue.ConnectionLost, 0, "RP..")]
    [InlineData(ErrorCatalogue.RequestTimeout, 0, "RP..")]
    [InlineData(ErrorCatalogue.MalformedResponse, 0, "....")]
    public void What_may_be_repeated_depends_on_what_the_call_does(string code, int status, string repeated)
    {
        var kind = status == 0
            ? code == ErrorCatalogue.MalformedResponse ? KinesisErrorKind.MalformedResponse : KinesisErrorKind.Connection
            : ErrorCatalogue.Classify(code, status, "no words");
        var error = new KinesisApiException(kind, code, "failed", status);

        var actual = string.Concat(
            RetryVerdict.MayRepeat(RetryClass.Read, error) ? "R" : ".",
            RetryVerdict.MayRepeat(RetryClass.PacedRead, error) ? "P" : ".",
            RetryVerdict.MayRepeat(RetryClass.Control, error) ? "C" : ".",
            RetryVerdict.MayRepeat(RetryClass.Put, error) ? "U" : ".");

        Assert.Equal(repeated, actual);
        Assert.False(RetryVerdict.MayRepeat(RetryClass.Subscription, error));
    }

    [Fact]
    public async Task A_throttled_read_is_tried_again_after_a_jittered_wait()
    {
        var service = new FakeService().Fails("ThrottlingException").Fails("ThrottlingException").Answers(Summary);
        await using var api = service.Client();

        Assert.Equal("ACTIVE", (await api.DescribeStreamSummaryAsync(new("s"), Token)).StreamStatus);

        Assert.Equal(3, service.Requests.Count);
        var waits = service.Clock.Waits.ToArray();
        Assert.Equal(2, waits.Length);
        Assert.InRange(waits[0], TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        Assert.InRange(waits[1], TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        Assert.Equal(service.Requests[0].Body, service.Requests[2].Body);
    }

    [Fact]
    public async Task After_the_last_attempt_the_error_goes_to_the_caller()
    {
        var service = new FakeService().Fails("InternalFailure", 500).Fails("InternalFailure", 500).Fails("InternalFailure", 500);
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.DescribeStreamSummaryAsync(new("s"), Token));

        Assert.Equal(KinesisErrorKind.ServiceFault, error.Kind);
        Assert.Equal(3, service.Requests.Count);
    }

    [Fact]
    public async Task Records_that_were_sent_are_never_put_again()
    {
        var service = new FakeService().Fails("InternalFailure", 500).Answers((_, _) => throw new HttpRequestException("reset"));
        await using var api = service.Client();
        var request = new PutRecordsRequest(new("s"), new PutRecordsEntry[] { new(new byte[1], "k") });

        await Assert.ThrowsAsync<KinesisApiException>(async () => await api.PutRecordsAsync(request, Token));
        var lost = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.PutRecordsAsync(request, Token));

        Assert.Equal(2, service.Requests.Count);
        Assert.Equal(ErrorCatalogue.ConnectionLost, lost.Code);
        Assert.True(lost.IsTransient);
    }

    [Fact]
    public async Task A_throttle_of_GetRecords_reaches_the_pacer_at_once()
    {
        var service = new FakeService().Fails("ProvisionedThroughputExceededException");
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.GetRecordsAsync(new(new("s"), "iterator"), Token));

        Assert.Equal(KinesisErrorKind.Throttled, error.Kind);
        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task A_change_is_repeated_when_it_was_throttled_but_not_when_it_may_have_been_made()
    {
        var service = new FakeService().Fails("ThrottlingException").Answers("").Fails("InternalFailure", 500);
        await using var api = service.Client();

        await api.SplitShardAsync(new("s"), "shardId-000000000000", UInt128.One, Token);
        await Assert.ThrowsAsync<KinesisApiException>(async () => await api.SplitShardAsync(new("s"), "shardId-000000000000", UInt128.One, Token));

        Assert.Equal(3, service.Requests.Count);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("3600", 20)]
    public async Task The_wait_that_the_service_asks_for_is_kept_within_reason(string retryAfter, int seconds)
    {
        var service = new FakeService().Answers("{}", 503, ("Retry-After", retryAfter)).Answers(Summary);
        await using var api = service.Client();

        await api.DescribeStreamSummaryAsync(new("s"), Token);

        Assert.Equal([TimeSpan.FromSeconds(seconds)], service.Clock.Waits);
    }

    [Fact]
    public async Task A_client_that_only_fails_stops_retrying_when_its_budget_is_spent()
    {
        var service = new FakeService();
        for (var i = 0; i < 400; i++)
            service.Fails("ServiceUnavailable", 503);
        await using var api = service.Client();

        for (var i = 0; i < 100; i++)
            await Assert.ThrowsAsync<KinesisApiException>(async () => await api.DescribeStreamSummaryAsync(new("s"), Token));

        // 500 tokens at 5 a retry are 100 retries on top of the 100 calls.
        Assert.Equal(200, service.Requests.Count);
    }

    [Fact]
    public async Task One_attempt_means_no_retry()
    {
        var service = new FakeService().Fails("ThrottlingException");
        await using var api = service.Client(options => options.MaxAttempts = 1);

        await Assert.ThrowsAsync<KinesisApiException>(async () => await api.DescribeStreamSummaryAsync(new("s"), Token));

        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task A_users_pipeline_replaces_ours()
    {
        var service = new FakeService().Fails("ResourceInUseException").Fails("ThrottlingException").Answers(Summary);
        var seen = new List<string>();
        await using var api = service.Client(options => options.ReadPipeline = new ResiliencePipelineBuilder().AddRetry(new()
        {
            MaxRetryAttempts = 5,
            Delay = TimeSpan.Zero,
            OnRetry = arguments =>
            {
                seen.Add(((KinesisApiException)arguments.Outcome.Exception!).Code);
                return default;
            },
        }).Build());

        await api.DescribeStreamSummaryAsync(new("s"), Token);

        Assert.Equal(["ResourceInUseException", "ThrottlingException"], seen);
    }
}
