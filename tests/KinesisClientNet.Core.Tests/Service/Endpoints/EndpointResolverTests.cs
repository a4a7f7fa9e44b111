using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Endpoints;

namespace KinesisClientNet.Core.Tests.Service.Endpoints;

[Collection(EnvironmentCollection.Name)]
public sealed class EndpointResolverTests
{
    private const string Arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";

    [Theory]
    [InlineData("AWS_REGION=eu-west-1", "https://kinesis.eu-west-1.amazonaws.com/", "eu-west-1")]
    [InlineData("AWS_PROFILE=region", "https://kinesis.ap-south-1.amazonaws.com/", "ap-south-1")]
    [InlineData("AWS_PROFILE=region AWS_REGION=sa-east-1", "https://kinesis.sa-east-1.amazonaws.com/", "sa-east-1")]
    [InlineData("AWS_REGION=eu-west-1 AWS_ENDPOINT_URL=http://localhost:4566", "http://localhost:4566/", "eu-west-1")]
    [InlineData("AWS_ENDPOINT_URL=http://localhost:4566", "http://localhost:4566/", "us-east-1")]
    [InlineData("AWS_REGION=eu-west-1 AWS_ENDPOINT_URL=http://a:1 AWS_ENDPOINT_URL_KINESIS=http://b:2", "http://b:2/", "eu-west-1")]
    [InlineData("AWS_PROFILE=services", "http://services:1/", "eu-west-1")]
    [InlineData("AWS_PROFILE=url", "http://profile:1/", "eu-west-1")]
    [InlineData("AWS_REGION=eu-west-1 AWS_ENDPOINT_URL=http://a:1 AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", "https://kinesis.eu-west-1.amazonaws.com/", "eu-west-1")]
    [InlineData("AWS_REGION=us-east-1 AWS_USE_FIPS_ENDPOINT=true", "https://kinesis-fips.us-east-1.amazonaws.com/", "us-east-1")]
    [InlineData("AWS_REGION=us-east-1 AWS_USE_DUALSTACK_ENDPOINT=true", "https://kinesis.us-east-1.api.aws/", "us-east-1")]
    [InlineData("AWS_REGION=us-east-1 AWS_USE_DUALSTACK_ENDPOINT=true AWS_USE_FIPS_ENDPOINT=true", "https://kinesis-fips.us-east-1.api.aws/", "us-east-1")]
    [InlineData("AWS_PROFILE=fips", "https://kinesis-fips.us-east-2.amazonaws.com/", "us-east-2")]
    [InlineData("AWS_REGION=us-gov-west-1 AWS_USE_FIPS_ENDPOINT=true", "https://kinesis.us-gov-west-1.amazonaws.com/", "us-gov-west-1")]
    [InlineData("AWS_REGION=cn-north-1", "https://kinesis.cn-north-1.amazonaws.com.cn/", "cn-north-1")]
    [InlineData("AWS_REGION=cn-north-1 AWS_USE_DUALSTACK_ENDPOINT=true", "https://kinesis.cn-north-1.api.amazonwebservices.com.cn/", "cn-north-1")]
    [InlineData("AWS_REGION=eusc-de-east-1", "https://kinesis.eusc-de-east-1.amazonaws.eu/", "eusc-de-east-1")]
    [InlineData("AWS_REGION=us-iso-east-1", "https://kinesis.us-iso-east-1.c2s.ic.gov/", "us-iso-east-1")]
    [InlineData("AWS_REGION=xx-future-7", "https://kinesis.xx-future-7.amazonaws.com/", "xx-future-7")]
    public void The_environment_and_the_profile_decide_as_everywhere_in_AWS(string variables, string uri, string region)
    {
        using var environment = new AwsEnvironment(variables);

        var endpoint = Create(new()).Regional;

        Assert.Equal(uri, endpoint.Uri.ToString());
        Assert.Equal(region, endpoint.SigningRegion);
    }

    [Fact]
    public void An_option_beats_the_environment()
    {
        using var environment = new AwsEnvironment("AWS_REGION=us-east-1 AWS_USE_FIPS_ENDPOINT=true");

        Assert.Equal("https://kinesis.eu-north-1.amazonaws.com/", Create(new() { Region = "eu-north-1", UseFips = false }).Regional.Uri.ToString());
        Assert.Equal("http://own:1/", Create(new() { ServiceUrl = new Uri("http://own:1/"), UseFips = false }).Regional.Uri.ToString());
    }

    [Fact]
    public void A_named_profile_gives_region_and_endpoint()
    {
        using var environment = new AwsEnvironment("AWS_REGION=us-east-1");

        var endpoint = Create(new() { Profile = "url" }, new() { Profile = new("url") }).Regional;

        Assert.Equal("http://profile:1/", endpoint.Uri.ToString());
        Assert.Equal("eu-west-1", endpoint.SigningRegion);
    }

    [Fact]
    public void Without_any_region_the_message_names_the_settings()
    {
        using var environment = new AwsEnvironment("");

        var error = Assert.Throws<ArgumentException>(() => Create(new()));

        Assert.Contains("Connection.Region", error.Message, StringComparison.Ordinal);
        Assert.Contains("AWS_REGION", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_USE_FIPS_ENDPOINT=true AWS_REGION=us-east-1")]
    [InlineData("AWS_USE_DUALSTACK_ENDPOINT=true AWS_REGION=us-east-1")]
    public void A_custom_address_beside_FIPS_or_dual_stack_is_refused(string variables)
    {
        using var environment = new AwsEnvironment(variables);

        var error = Assert.Throws<ArgumentException>(() => Create(new() { ServiceUrl = new Uri("http://own:1/") }));

        Assert.Contains("http://own:1/", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Arn, true, false, false, "https://123456789012.data-kinesis.eu-west-1.amazonaws.com/", "eu-west-1")]
    [InlineData(Arn, false, false, false, "https://123456789012.control-kinesis.eu-west-1.amazonaws.com/", "eu-west-1")]
    [InlineData(Arn + "/consumer/c:1", true, true, false, "https://123456789012.data-kinesis-fips.eu-west-1.amazonaws.com/", "eu-west-1")]
    [InlineData(Arn, true, false, true, "https://123456789012.data-kinesis.eu-west-1.api.aws/", "eu-west-1")]
    [InlineData(Arn, true, true, true, "https://123456789012.data-kinesis-fips.eu-west-1.api.aws/", "eu-west-1")]
    [InlineData("arn:aws-cn:kinesis:cn-north-1:123456789012:stream/s", true, false, false, "https://123456789012.data-kinesis.cn-north-1.amazonaws.com.cn/", "cn-north-1")]
    [InlineData("arn:aws-iso:kinesis:us-iso-east-1:123456789012:stream/s", true, false, false, "https://kinesis.us-iso-east-1.c2s.ic.gov/", "us-iso-east-1")]
    [InlineData(null, true, false, false, "https://kinesis.us-east-1.amazonaws.com/", "us-east-1")]
    public void A_call_with_an_ARN_goes_to_the_accounts_host(string? arn, bool isData, bool fips, bool dualStack, string uri, string region)
    {
        using var environment = new AwsEnvironment("");

        var endpoint = Create(new() { Region = "us-east-1", UseFips = fips, UseDualStack = dualStack }).Resolve(arn, isData);

        Assert.Equal(uri, endpoint.Uri.ToString());
        Assert.Equal(region, endpoint.SigningRegion);
    }

    [Fact]
    public void Account_hosts_can_be_switched_off_and_never_replace_a_custom_address()
    {
        using var environment = new AwsEnvironment("");

        Assert.Equal("kinesis.us-east-1.amazonaws.com", Create(new() { Region = "us-east-1", UseAccountEndpoints = false }).Resolve(Arn, true).Host);
        Assert.Equal("own:1", Create(new() { ServiceUrl = new Uri("http://own:1/") }).Resolve(Arn, true).Host);
    }

    [Theory]
    [InlineData("arn:aws:sqs:eu-west-1:123456789012:queue")]
    [InlineData("arn:aws:kinesis:eu-west-1::stream/s")]
    [InlineData("arn:aws:kinesis:evil.example/:123456789012:stream/s")]
    [InlineData("arn:aws:kinesis:eu-west-1:evil.example/x:stream/s")]
    [InlineData("orders")]
    public void What_is_no_Kinesis_ARN_never_becomes_a_host(string arn)
    {
        using var environment = new AwsEnvironment("");
        var resolver = Create(new() { Region = "us-east-1" });

        Assert.Throws<ArgumentException>(() => resolver.Resolve(arn, true));
    }

    [Theory]
    [InlineData("http://localhost:4567/", "localhost:4567")]
    [InlineData("https://localhost/", "localhost")]
    [InlineData("http://localhost:80/", "localhost")]
    [InlineData("http://[::1]:4567/", "[::1]:4567")]
    [InlineData("https://bücher.example/", "xn--bcher-kva.example")]
    public void The_host_is_written_as_on_the_wire(string uri, string host) => Assert.Equal(host, new KinesisEndpoint(new Uri(uri), "x").Host);

    private static EndpointResolver Create(KinesisConnectionOptions options, KinesisClientConfig? config = null) =>
        EndpointResolver.Create(options.CopyChecked(), config ?? new());
}
