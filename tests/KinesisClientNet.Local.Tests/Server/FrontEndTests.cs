using System.Net;
using System.Net.Http.Headers;
using System.Text;
using KinesisClientNet.Local.Server;

namespace KinesisClientNet.Local.Tests.Server;

/// <summary>What the front end says before an operation is reached, in the service's order.</summary>
public sealed class FrontEndTests
{
    private const string Valid = """{"StreamName":"orders"}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_answered_413_without_a_body_before_anything_else(bool isLengthKnown)
    {
        await using var harness = await ServerHarness.StartAsync(new() { MaxRequestBodyBytes = 2048 });
        var request = harness.Request("NoSuchOperation", new byte[2049]);
        request.Headers.TransferEncodingChunked = !isLengthKnown;

        using var response = await harness.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Every_answer_carries_two_request_ids_and_the_date_of_the_services_clock()
    {
        await using var harness = await ServerHarness.StartAsync();

        using var first = await harness.CallAsync("DescribeStreamSummary", Valid);
        using var second = await harness.CallAsync("NoSuchOperation", Valid);

        Assert.True(Guid.TryParse(Assert.Single(first.Headers.GetValues("x-amzn-RequestId")), out var firstId));
        Assert.True(Guid.TryParse(Assert.Single(second.Headers.GetValues("x-amzn-RequestId")), out var secondId));
        Assert.NotEqual(firstId, secondId);
        Assert.NotEmpty(Assert.Single(first.Headers.GetValues("x-amz-id-2")));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), first.Headers.Date);
        Assert.False(first.Headers.Contains("Server"));
    }

    [Fact]
    public async Task A_browsers_preflight_is_answered_for_two_days()
    {
        await using var harness = await ServerHarness.StartAsync();
        var request = new HttpRequestMessage(HttpMethod.Options, harness.Server.Endpoint);
        request.Headers.TryAddWithoutValidation("Origin", "http://localhost:3000");
        request.Headers.TryAddWithoutValidation("Access-Control-Request-Headers", "x-amz-target");
        request.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "POST");

        using var response = await harness.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Equal("172800", Assert.Single(response.Headers.GetValues("Access-Control-Max-Age")));
        Assert.Equal("x-amz-target", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Headers")));
        Assert.Equal("POST", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Methods")));
    }

    [Fact]
    public async Task A_browsers_request_may_read_the_ids_the_error_type_and_the_date()
    {
        await using var harness = await ServerHarness.StartAsync();
        var request = harness.Request("DescribeStreamSummary", Valid);
        request.Headers.TryAddWithoutValidation("Origin", "http://localhost:3000");

        using var response = await harness.SendAsync(request);

        Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
        var exposed = Assert.Single(response.Headers.GetValues("Access-Control-Expose-Headers"));
        Assert.All(["x-amzn-RequestId", "x-amzn-ErrorType", "Date"], header => Assert.Contains(header, exposed, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Only_POST_is_served(string method)
    {
        await using var harness = await ServerHarness.StartAsync();

        using var response = await harness.SendAsync(new HttpRequestMessage(new HttpMethod(method), harness.Server.Endpoint));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.StartsWith("<AccessDeniedException>", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ListShards", "SerializationException")]
    [InlineData("NoSuchOperation", "UnknownOperationException")]
    public async Task An_empty_body_is_judged_by_the_target(string operation, string code)
    {
        await using var harness = await ServerHarness.StartAsync();

        Assert.Equal(code, (await harness.RefusalAsync(operation, "")).Code);
    }

    [Theory]
    [InlineData("text/plain", true, HttpStatusCode.NotFound, "<UnknownOperationException/>")]
    [InlineData("text/plain", false, HttpStatusCode.Forbidden, "<AccessDeniedException>")]
    public async Task An_unknown_content_type_is_answered_in_XML(string contentType, bool hasTarget, HttpStatusCode status, string start)
    {
        await using var harness = await ServerHarness.StartAsync();
        var request = harness.Request("ListShards", Encoding.UTF8.GetBytes(Valid), contentType);
        if (!hasTarget)
            request.Headers.Remove("X-Amz-Target");

        using var response = await harness.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        Assert.StartsWith(start, await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_charset_beside_the_content_type_does_no_harm()
    {
        await using var harness = await ServerHarness.StartAsync();
        var request = harness.Request("DescribeStreamSummary", Encoding.UTF8.GetBytes(Valid), "application/x-amz-json-1.1; charset=utf-8");

        using var response = await harness.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("not json")]
    public async Task A_body_that_is_no_object_is_refused_before_the_target_and_the_signature(string body)
    {
        await using var harness = await ServerHarness.StartAsync();
        var request = harness.Request("NoSuchOperation", body);
        request.Headers.Remove("Authorization");

        Assert.Equal("SerializationException", (await harness.RefusalAsync(request)).Code);
    }

    [Fact]
    public async Task A_body_nested_without_end_is_refused()
    {
        await using var harness = await ServerHarness.StartAsync();
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", 10_000));

        Assert.Equal("SerializationException", (await harness.RefusalAsync("ListShards", deep)).Code);
    }

    [Fact]
    public async Task An_unknown_target_is_refused_before_the_signature()
    {
        await using var harness = await ServerHarness.StartAsync();
        var request = harness.Request("NoSuchOperation", Valid);
        request.Headers.Remove("Authorization");

        Assert.Equal("UnknownOperationException", (await harness.RefusalAsync(request)).Code);
    }

    [Fact]
    public async Task A_request_without_a_signature_is_refused_before_its_values_are_looked_at()
    {
        await using var harness = await ServerHarness.StartAsync();
        var request = harness.Request("ListShards", """{"StreamName":5}""");
        request.Headers.Remove("Authorization");

        Assert.Equal("MissingAuthenticationTokenException", (await harness.RefusalAsync(request)).Code);
    }

    [Fact]
    public async Task A_half_signed_request_is_told_every_missing_part()
    {
        await using var harness = await ServerHarness.StartAsync();
        var request = harness.Request("ListShards", Valid);
        request.Headers.Remove("Authorization");
        request.Headers.Remove("X-Amz-Date");
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Signature=00, Credential=");

        var (code, message) = await harness.RefusalAsync(request);

        Assert.Equal("IncompleteSignatureException", code);
        Assert.All(["'Credential'", "'SignedHeaders'", "'X-Amz-Date'"], part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain("'Signature'", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_may_be_in_the_query_but_not_in_both_places()
    {
        await using var harness = await ServerHarness.StartAsync();
        const string Query = "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=c&X-Amz-Date=d";
        var presigned = harness.Request("DescribeStreamSummary", Valid);
        presigned.RequestUri = new Uri(harness.Server.Endpoint, Query);
        presigned.Headers.Remove("Authorization");
        var both = harness.Request("DescribeStreamSummary", Valid);
        both.RequestUri = new Uri(harness.Server.Endpoint, Query);
        var partly = harness.Request("DescribeStreamSummary", Valid);
        partly.RequestUri = new Uri(harness.Server.Endpoint, "?X-Amz-Algorithm=AWS4-HMAC-SHA256");
        partly.Headers.Remove("Authorization");

        using var response = await harness.SendAsync(presigned);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("InvalidSignatureException", (await harness.RefusalAsync(both)).Code);
        Assert.Equal("IncompleteSignatureException", (await harness.RefusalAsync(partly)).Code);
    }

    [Theory]
    [InlineData("20260301T115459Z", "Signature expired: 20260301T115459Z is now earlier than 20260301T115500Z (20260301T120000Z - 5 min.)")]
    [InlineData("20260301T120501Z", "Signature not yet current: 20260301T120501Z is still later than 20260301T120500Z (20260301T120000Z + 5 min.)")]
    [InlineData("20260301T115500Z", null)]
    [InlineData("20260301T120500Z", null)]
    public async Task A_signature_is_good_for_five_minutes_where_the_service_is_strict(string signedAt, string? refusal)
    {
        foreach (var throttling in Enum.GetValues<LocalThrottling>())
        {
            var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(LocalFixture.Start);
            await using var harness = await ServerHarness.StartInFrontOfAsync(new LocalKinesis(clock, new() { Throttling = throttling }).AddStream("orders", 1));
            using var request = harness.Request("DescribeStreamSummary", """{"StreamName":"orders"}""");
            request.Headers.Remove("X-Amz-Date");
            request.Headers.TryAddWithoutValidation("X-Amz-Date", signedAt);

            if (throttling == LocalThrottling.Strict && refusal is not null)
                Assert.Equal(("InvalidSignatureException", refusal), await harness.RefusalAsync(request));
            else
                Assert.Equal(HttpStatusCode.OK, (await harness.SendAsync(request)).StatusCode);
        }
    }

    [Fact]
    public async Task Types_are_refused_before_constraints()
    {
        await using var harness = await ServerHarness.StartAsync();

        var (code, message) = await harness.RefusalAsync("ListShards", """{"StreamName":"not a name!","MaxResults":"5"}""");

        Assert.Equal("SerializationException", code);
        Assert.Contains("MaxResults", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_members_and_nulls_are_ignored()
    {
        await using var harness = await ServerHarness.StartAsync();

        await harness.AnswerAsync("ListShards", """{"StreamName":"orders","NextToken":null,"Surprise":[{"a":1}]}""");

        Assert.Equal("ListShards orders    ", Assert.Single(harness.Kinesis.Calls));
    }

    [Fact]
    public async Task A_request_that_fails_inside_is_a_500_and_the_server_goes_on()
    {
        await using var harness = await ServerHarness.StartAsync();
        harness.Kinesis.OnListShards = _ => throw new InvalidOperationException("broken");

        using var broken = await harness.CallAsync("ListShards", Valid);
        using var fine = await harness.CallAsync("DescribeStreamSummary", Valid);

        Assert.Equal(HttpStatusCode.InternalServerError, broken.StatusCode);
        Assert.Contains("InternalFailureException", await broken.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, fine.StatusCode);
    }
}
