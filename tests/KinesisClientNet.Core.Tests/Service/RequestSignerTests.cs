using Amazon.Runtime;
using Amazon.Runtime.Internal.Auth;
using CsCheck;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Endpoints;

namespace KinesisClientNet.Core.Tests.Service;

public sealed class RequestSignerTests
{
    private static readonly DateTimeOffset Now = new(2026, 10, 3, 12, 34, 56, TimeSpan.Zero);

    private readonly RequestSigner _signer = new();

    [Fact]
    public void Signatures_equal_those_of_the_AWS_SDK()
    {
        var cases =
            from secret in Gen.String[Gen.Char['!', '~'], 20, 40]
            from token in Gen.String[Gen.Char['!', '~'], 0, 200]
            from body in Gen.Byte.Array[0, 500]
            from region in Gen.OneOf(Gen.Const("us-east-1"), Gen.Const("eu-west-1"), Gen.Const("cn-north-1"))
            from days in Gen.Int[0, 4000]
            select (secret, token, body, region, at: Now.AddDays(days).AddSeconds(days));
        cases.Sample(item =>
        {
            var credentials = new ImmutableCredentials("AKIDEXAMPLE", item.secret, item.token.Length == 0 ? null : item.token);
            var endpoint = new KinesisEndpoint(new Uri($"https://kinesis.{item.region}.amazonaws.com/"), item.region);

            var authorization = Sign(endpoint, credentials, item.body, item.at);

            Assert.Equal(Oracle(endpoint, credentials, item.body, item.at, "/"), authorization);
        }, iter: 200);
    }

    [Fact]
    public void The_port_of_a_custom_address_is_signed()
    {
        var endpoint = new KinesisEndpoint(new Uri("http://localhost:4567/"), "us-east-1");
        var credentials = new ImmutableCredentials("AKID", "secret", null);

        Assert.Equal(Oracle(endpoint, credentials, [1], Now, "/"), Sign(endpoint, credentials, [1], Now));
    }

    [Theory]
    [InlineData("http://proxy/kinesis/", "/kinesis/")]
    [InlineData("http://proxy/a%20b/c", "/a%2520b/c")]
    [InlineData("http://proxy/team:1", "/team%3A1")]
    public void The_path_of_a_custom_address_is_signed(string uri, string canonicalPath)
    {
        var endpoint = new KinesisEndpoint(new Uri(uri), "us-east-1");
        var credentials = new ImmutableCredentials("AKID", "secret", null);

        Assert.Equal(Oracle(endpoint, credentials, [1], Now, canonicalPath), Sign(endpoint, credentials, [1], Now));
    }

    [Fact]
    public void The_derived_key_follows_the_day_the_secret_and_the_region()
    {
        var endpoint = new KinesisEndpoint(new Uri("https://kinesis.us-east-1.amazonaws.com/"), "us-east-1");
        var other = new KinesisEndpoint(new Uri("https://kinesis.us-east-1.amazonaws.com/"), "us-west-2");
        var first = new ImmutableCredentials("AKID", "secret", null);
        var second = new ImmutableCredentials("AKID", "other secret", null);

        foreach (var (to, by, at) in new[] { (endpoint, first, Now), (endpoint, first, Now.AddDays(1)), (other, first, Now), (endpoint, second, Now), (endpoint, first, Now) })
            Assert.Equal(Oracle(to, by, [], at, "/"), Sign(to, by, [], at));
    }

    private string Sign(KinesisEndpoint endpoint, ImmutableCredentials credentials, byte[] body, DateTimeOffset at) => _signer.Sign(
        new(endpoint, "application/x-amz-cbor-1.1", "Kinesis_20131202.PutRecords", RequestSigner.HashBody(body)), credentials, RequestSigner.AmzDate(at));

    private static string Oracle(KinesisEndpoint endpoint, ImmutableCredentials credentials, byte[] body, DateTimeOffset at, string canonicalPath)
    {
        var headers = "content-type:application/x-amz-cbor-1.1\nhost:" + endpoint.Host + "\nx-amz-date:" + at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'")
            + (credentials.UseToken ? "\nx-amz-security-token:" + credentials.Token : "") + "\nx-amz-target:Kinesis_20131202.PutRecords\n";
        var names = credentials.UseToken
            ? "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
            : "content-type;host;x-amz-date;x-amz-target";
        var canonical = $"POST\n{canonicalPath}\n\n{headers}\n{names}\n{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body))}";
        return AWS4Signer.ComputeSignature(credentials, endpoint.SigningRegion, at.UtcDateTime, "kinesis", names, canonical).ForAuthorizationHeader;
    }
}
