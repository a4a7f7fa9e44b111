using System.Formats.Cbor;
using System.Text;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Core.Tests.Service;

public sealed class ServiceErrorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"__type":"ResourceNotFoundException","message":"gone"}""", null, 400, "ResourceNotFoundException", KinesisErrorKind.NotFound, "gone")]
    [InlineData("""{"__type":"com.amazonaws.kinesis#ResourceInUseException:http://x/","message":"busy"}""", null, 400, "ResourceInUseException", KinesisErrorKind.ResourceInUse, "busy")]
    [InlineData("""{"__type":"SerializationException","Message":"bad json"}""", null, 400, "SerializationException", KinesisErrorKind.InvalidArgument, "bad json")]
    [InlineData("""{"message":"why","__type":"Other"}""", "ExpiredIteratorException", 400, "ExpiredIteratorException", KinesisErrorKind.ExpiredIterator, "why")]
    [InlineData("", "ExpiredNextTokenException:", 400, "ExpiredNextTokenException", KinesisErrorKind.ExpiredNextToken, "no message")]
    [InlineData("", null, 500, "HttpStatus500", KinesisErrorKind.ServiceFault, "no message")]
    [InlineData("<html>Bad gateway</html>", null, 502, "HttpStatus502", KinesisErrorKind.ServiceFault, "Bad gateway")]
    [InlineData("<AccessDeniedException/>", null, 403, "HttpStatus403", KinesisErrorKind.AccessDenied, "AccessDenied")]
    [InlineData("""{"__type":null,"message":null}""", null, 413, "HttpStatus413", KinesisErrorKind.RequestTooLarge, "Split the batch")]
    [InlineData("""{"__type":"LimitExceededException","message":"Rate exceeded for stream"}""", null, 400, "LimitExceededException", KinesisErrorKind.Throttled, "Rate")]
    [InlineData("""{"__type":"LimitExceededException","message":"too many consumers"}""", null, 400, "LimitExceededException", KinesisErrorKind.LimitExceeded, "quota")]
    [InlineData("""{"__type":"KMSDisabledException","message":"off"}""", null, 400, "KMSDisabledException", KinesisErrorKind.KeyUnavailable, "KMS key")]
    [InlineData("""{"__type":"AccessDeniedException","message":"no"}""", null, 400, "AccessDeniedException", KinesisErrorKind.AccessDenied, "IAM")]
    [InlineData("""{"__type":"BrandNewException","message":"no"}""", null, 400, "BrandNewException", KinesisErrorKind.Unknown, "no")]
    public async Task An_error_is_read_from_header_then_body_then_status(
        string body, string? header, int status, string code, KinesisErrorKind kind, string says)
    {
        var service = new FakeService();
        for (var i = 0; i < 3; i++)
            service.Answers(Encoding.UTF8.GetBytes(body), "application/x-amz-json-1.1", status, header is null ? [] : [("x-amzn-ErrorType", header)]);
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.DescribeStreamSummaryAsync(new("s"), Token));

        Assert.Equal(code, error.Code);
        Assert.Equal(kind, error.Kind);
        Assert.Equal(status, error.HttpStatus);
        Assert.Equal("request-1", error.RequestId);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.Contains("DescribeStreamSummary at kinesis.test:4567", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_in_CBOR_is_read()
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartMap(null);
        writer.WriteTextString("extra");
        writer.WriteNull();
        writer.WriteTextString("__type");
        writer.WriteTextString("ProvisionedThroughputExceededException");
        writer.WriteTextString("message");
        writer.WriteTextString("slow down");
        writer.WriteEndMap();
        var service = new FakeService().Answers(writer.Encode(), "application/x-amz-cbor-1.1", 400);
        await using var api = service.Client(options => options.WireFormat = KinesisWireFormat.Cbor);

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.GetRecordsAsync(new(new("s"), "i"), Token));

        Assert.Equal(KinesisErrorKind.Throttled, error.Kind);
        Assert.Contains("slow down", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_the_service_is_cut_to_a_bearable_length()
    {
        var service = new FakeService().Answers($$"""{"__type":"ValidationException","message":"{{new string('x', 100_000)}}"}""", 400);
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.DescribeStreamSummaryAsync(new("s"), Token));

        Assert.InRange(error.Message.Length, 2000, 2500);
    }

    [Theory]
    [InlineData("ProvisionedThroughputExceededException", true)]
    [InlineData("InternalFailure", true)]
    [InlineData("ExpiredIteratorException", true)]
    [InlineData("ResourceInUseException", true)]
    [InlineData("ResourceNotFoundException", false)]
    [InlineData("AccessDeniedException", false)]
    [InlineData("KMSNotFoundException", false)]
    [InlineData("ValidationException", false)]
    public void What_may_pass_by_itself_is_transient(string code, bool isTransient) =>
        Assert.Equal(isTransient, new KinesisApiException(ErrorCatalogue.Classify(code, 400), code, "m", 400).IsTransient);
}
