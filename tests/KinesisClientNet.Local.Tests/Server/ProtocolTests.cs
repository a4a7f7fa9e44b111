using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using KinesisClientNet.Local.Server;

namespace KinesisClientNet.Local.Tests.Server;

public sealed class ProtocolTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task One_plain_port_speaks_both_versions_of_HTTP(string version)
    {
        await using var harness = await ServerHarness.StartAsync();
        var request = harness.Request("DescribeStreamSummary", """{"StreamName":"orders"}""");
        request.Version = Version.Parse(version);
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;

        using var response = await harness.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Version.Parse(version), response.Version);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task The_TLS_port_speaks_both_versions_and_its_certificate_is_good_for_localhost_and_127_0_0_1(string version)
    {
        await using var harness = await ServerHarness.StartAsync(new() { UseTls = true });
        using var client = TrustingClient(harness.Server.Certificate!);
        var endpoint = harness.Server.TlsEndpoint!;
        foreach (var host in new[] { "localhost", "127.0.0.1" })
        {
            var request = harness.Request("DescribeStreamSummary", """{"StreamName":"orders"}""");
            request.RequestUri = new UriBuilder(endpoint) { Host = host }.Uri;
            request.Version = Version.Parse(version);
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;

            using var response = await harness.SendAsync(request, client);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(Version.Parse(version), response.Version);
        }
    }

    [Fact]
    public async Task A_server_without_TLS_has_no_second_endpoint()
    {
        await using var harness = await ServerHarness.StartAsync();

        Assert.Null(harness.Server.TlsEndpoint);
        Assert.Null(harness.Server.Certificate);
        Assert.Equal("127.0.0.1", harness.Server.Endpoint.Host);
        Assert.NotEqual(0, harness.Server.Endpoint.Port);
    }

    [Fact]
    public async Task A_preface_that_arrives_byte_by_byte_is_still_HTTP_2()
    {
        await using var harness = await ServerHarness.StartAsync();
        using var socket = new System.Net.Sockets.TcpClient { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, harness.Server.Endpoint.Port, Cancellation);
        var stream = socket.GetStream();

        foreach (var one in "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray())
            await stream.WriteAsync(new[] { one }, Cancellation);
        await stream.WriteAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 }, Cancellation); // an empty SETTINGS frame
        var frame = new byte[9];
        await stream.ReadExactlyAsync(frame, Cancellation);

        Assert.Equal(4, frame[3]); // the server's SETTINGS
    }

    [Fact]
    public async Task The_port_is_free_again_after_disposal_and_disposal_can_be_repeated()
    {
        var harness = await ServerHarness.StartAsync();
        var port = harness.Server.Endpoint.Port;
        await harness.DisposeAsync();
        await harness.Server.DisposeAsync();

        await using var next = await ServerHarness.StartAsync(new() { Port = port });

        Assert.Equal(port, next.Server.Endpoint.Port);
    }

    [Fact]
    public async Task A_taken_port_is_refused_with_the_port_in_the_message()
    {
        await using var harness = await ServerHarness.StartAsync();
        var port = harness.Server.Endpoint.Port;

        var error = await Assert.ThrowsAsync<IOException>(() => ServerHarness.StartAsync(new() { Port = port }));

        Assert.Contains(port.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, 0, 1, 1, "Port is -1; it must be between 0 and 65535")]
    [InlineData(0, 1023, 1, 1, "MaxRequestBodyBytes is 1023; it must be between 1024")]
    [InlineData(0, 1024, 0, 1, "MaxConnections is 0; it must be between 1")]
    [InlineData(0, 1024, 1, 0, "MaxStreamsPerConnection is 0; it must be between 1")]
    public async Task A_wrong_setting_is_named_with_its_range(int port, int bodyBytes, int connections, int streams, string expected)
    {
        var options = new LocalKinesisServerOptions { Port = port, MaxConnections = connections, MaxStreamsPerConnection = streams };
        options.MaxRequestBodyBytes = bodyBytes == 0 ? options.MaxRequestBodyBytes : bodyBytes;

        var error = await Assert.ThrowsAsync<ArgumentException>(() => ServerHarness.StartAsync(options));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static HttpMessageInvoker TrustingClient(X509Certificate2 certificate) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { certificate },
            },
        },
    });
}
