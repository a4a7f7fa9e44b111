using Amazon.Runtime;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Core.Tests.Service.Http;

public sealed class AuthenticationTests
{
    private const string Empty = """{"Shards":[]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_request_carries_its_signature_its_target_and_our_own_name()
    {
        var service = new FakeService().Answers(Empty);
        await using var api = service.Client(options => options.Credentials = new SessionAWSCredentials("AKID", "secret", "session"));

        await api.ListShardsAsync(new(new("s")), Token);

        var headers = service.Requests[0].Headers;
        Assert.Equal("20261003T120000Z", headers["X-Amz-Date"]);
        Assert.Equal("session", headers["X-Amz-Security-Token"]);
        Assert.Equal("kinesis.test:4567", headers["Host"]);
        Assert.Equal("application/x-amz-json-1.1", headers["Content-Type"]);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKID/20261003/eu-west-1/kinesis/aws4_request, SignedHeaders=content-type;host;", headers["Authorization"], StringComparison.Ordinal);
        Assert.StartsWith("KinesisClientNet/", headers["User-Agent"], StringComparison.Ordinal);
        Assert.Equal(new Version(1, 1), service.Requests[0].Version);
    }

    [Fact]
    public async Task Anonymous_credentials_send_no_signature()
    {
        var service = new FakeService().Answers(Empty);
        await using var api = service.Client(options => options.Credentials = new AnonymousAWSCredentials());

        await api.ListShardsAsync(new(new("s")), Token);

        Assert.False(service.Requests[0].Headers.ContainsKey("Authorization"));
    }

    [Theory]
    [InlineData("ExpiredTokenException")]
    [InlineData("UnrecognizedClientException")]
    public async Task Refused_credentials_are_asked_anew_and_the_call_is_tried_once_more(string code)
    {
        var source = new RotatingCredentials();
        var service = new FakeService().Fails(code, 403).Answers("""{"FailedRecordCount":0,"Records":[{"ShardId":"a","SequenceNumber":"1"}]}""");
        await using var api = service.Client(options => options.Credentials = source);

        await api.PutRecordsAsync(new(new("s"), new PutRecordsEntry[] { new(default, "k") }), Token);

        Assert.Contains("Credential=KEY-1/", service.Requests[0].Headers["Authorization"], StringComparison.Ordinal);
        Assert.Contains("Credential=KEY-2/", service.Requests[1].Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_stay_refused_fail_the_call_after_one_repair()
    {
        var service = new FakeService().Fails("UnrecognizedClientException").Fails("UnrecognizedClientException");
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.ListShardsAsync(new(new("s")), Token));

        Assert.Equal(KinesisErrorKind.Authentication, error.Kind);
        Assert.Equal(2, service.Requests.Count);
        Assert.Contains("Connection.Credentials", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("InvalidSignatureException", "Sat, 03 Oct 2026 12:20:00 GMT", "20261003T122000Z")]
    [InlineData("RequestExpired", "Sat, 03 Oct 2026 09:00:00 GMT", "20261003T090000Z")]
    [Trait("Story", "K1")]
    public async Task A_wrong_clock_is_corrected_from_the_services_date(string code, string date, string signedThen)
    {
        var service = new FakeService().Fails(code, 403, ("Date", date)).Answers(Empty).Answers(Empty);
        await using var api = service.Client();

        await api.ListShardsAsync(new(new("s")), Token);
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        await api.ListShardsAsync(new(new("s")), Token);

        Assert.Equal("20261003T120000Z", service.Requests[0].Headers["X-Amz-Date"]);
        Assert.Equal(signedThen, service.Requests[1].Headers["X-Amz-Date"]);
        Assert.Equal(signedThen[..^2] + "1Z", service.Requests[2].Headers["X-Amz-Date"]);
    }

    [Fact]
    public async Task A_bad_signature_at_the_right_time_is_not_the_clocks_fault()
    {
        var service = new FakeService().Fails("InvalidSignatureException", 403, ("Date", "Sat, 03 Oct 2026 12:03:00 GMT"));
        await using var api = service.Client();

        await Assert.ThrowsAsync<KinesisApiException>(async () => await api.ListShardsAsync(new(new("s")), Token));

        Assert.Single(service.Requests);
    }

    [Fact]
    public async Task A_clock_that_is_right_again_is_believed_again()
    {
        var service = new FakeService().Fails("RequestExpired", 403, ("Date", "Sat, 03 Oct 2026 13:00:00 GMT")).Answers(Empty)
            .Fails("RequestExpired", 403, ("Date", "Sat, 03 Oct 2026 13:00:10 GMT")).Answers(Empty);
        await using var api = service.Client();

        await api.ListShardsAsync(new(new("s")), Token);
        service.Clock.Advance(TimeSpan.FromSeconds(3610)); // somebody set the machine's clock; our offset now makes us an hour early
        await api.ListShardsAsync(new(new("s")), Token);

        Assert.Equal("20261003T130010Z", service.Requests[3].Headers["X-Amz-Date"]);
    }

    [Fact]
    public async Task Credentials_that_cannot_be_had_fail_the_call_with_the_next_step()
    {
        var service = new FakeService();
        await using var api = service.Client(options => options.Credentials = new BrokenCredentials());

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.ListShardsAsync(new(new("s")), Token));

        Assert.Equal(ErrorCatalogue.CredentialsUnavailable, error.Code);
        Assert.Contains("no keys here", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    private sealed class RotatingCredentials : RefreshingAWSCredentials
    {
        private int _issued;

        protected override CredentialsRefreshState GenerateNewCredentials() =>
            new(new ImmutableCredentials($"KEY-{++_issued}", "secret", "token"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        protected override Task<CredentialsRefreshState> GenerateNewCredentialsAsync() => Task.FromResult(GenerateNewCredentials());
    }

    private sealed class BrokenCredentials : AWSCredentials
    {
        public override ImmutableCredentials GetCredentials() => throw new AmazonClientException("no keys here");
    }
}
