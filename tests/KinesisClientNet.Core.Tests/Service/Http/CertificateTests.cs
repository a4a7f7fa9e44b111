using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Core.Tests.Service.Http;

public sealed class CertificateTests
{
    private const string Summary = """{"StreamDescriptionSummary":{"StreamName":"s","StreamARN":"a","StreamStatus":"ACTIVE"}}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_and_nothing_is_sent()
    {
        using var certificate = SelfSigned();
        await using var server = new LoopbackServer(connection => connection.SecureAsync(certificate));
        await using var api = Client(server, isUntrustedAllowed: false);

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.DescribeStreamSummaryAsync(new("s"), Token));

        Assert.Equal(ErrorCatalogue.ConnectionFailed, error.Code);
    }

    [Fact]
    public async Task It_is_taken_from_a_loopback_address_where_the_option_says_so()
    {
        using var certificate = SelfSigned();
        await using var server = new LoopbackServer(async connection =>
        {
            await connection.SecureAsync(certificate);
            await connection.ReadRequestAsync();
            await connection.AnswerAsync(Summary);
        });
        await using var api = Client(server, isUntrustedAllowed: true);

        Assert.Equal("ACTIVE", (await api.DescribeStreamSummaryAsync(new("s"), Token)).StreamStatus);
    }

    private static KinesisHttpApi Client(LoopbackServer server, bool isUntrustedAllowed) => new(new()
    {
        Region = "us-east-1",
        ServiceUrl = new UriBuilder(server.Address) { Scheme = "https" }.Uri,
        Credentials = new BasicAWSCredentials("a", "b"),
        UseFips = false,
        UseDualStack = false,
        MaxAttempts = 1,
        AllowUntrustedLoopbackCertificate = isUntrustedAllowed,
    });

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=nobody", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
