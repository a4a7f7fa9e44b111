using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;

namespace KinesisClientNet.Core.Service.Endpoints;

/// <summary>
/// What AWSSDK.Core knows about the environment, the profile and the region, for the service id Kinesis. It is only read: nothing is sent
/// through the SDK.
/// </summary>
internal sealed class KinesisClientConfig : ClientConfig
{
    public KinesisClientConfig()
        : base(new UnusedDefaults())
    {
        ServiceId = "Kinesis";
        AuthenticationServiceName = "kinesis";
    }

    public override string ServiceVersion => "2013-12-02";

    public override string UserAgent => "KinesisClientNet";

    public override string RegionEndpointServiceName => "kinesis";

    public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
        throw new NotSupportedException("KinesisClientNet resolves its endpoints itself.");

    /// <summary>The SDK's own defaults of retries and timeouts are not used.</summary>
    private sealed class UnusedDefaults : IDefaultConfigurationProvider, IDefaultConfiguration
    {
        public DefaultConfigurationMode Name => DefaultConfigurationMode.Standard;

        public RequestRetryMode RetryMode => RequestRetryMode.Standard;

        public S3UsEast1RegionalEndpointValue S3UsEast1RegionalEndpoint => S3UsEast1RegionalEndpointValue.Regional;

        public TimeSpan? ConnectTimeout => null;

        public TimeSpan? TlsNegotiationTimeout => null;

        public TimeSpan? TimeToFirstByteTimeout => null;

        public TimeSpan? HttpRequestTimeout => null;

        public IDefaultConfiguration GetDefaultConfiguration(RegionEndpoint clientRegion, DefaultConfigurationMode? requestedConfigurationMode = null) => this;
    }
}
