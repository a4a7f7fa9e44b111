using System.Globalization;
using Amazon.Runtime;
using Polly;

namespace KinesisClientNet.Core.Service;

/// <summary>
/// How Kinesis is reached: region or address, credentials, wire format, deadlines and retries. What is not set here comes from where every
/// AWS SDK takes it: environment variables, the shared profile and the instance. Copied and checked when a client is constructed; later
/// changes have no effect.
/// </summary>
public sealed class KinesisConnectionOptions
{
    /// <summary>The AWS region, for instance <c>eu-west-1</c>. Also the signing region when <see cref="ServiceUrl"/> is set.</summary>
    /// <value>Default null: <c>AWS_REGION</c>, then the profile, then the instance's metadata; <c>us-east-1</c> beside a <see cref="ServiceUrl"/>.</value>
    public string? Region { get; set; }

    /// <summary>The address of another Kinesis (local server, emulator, VPC endpoint, proxy), <c>http</c> or <c>https</c>.</summary>
    /// <value>Default null: <c>AWS_ENDPOINT_URL_KINESIS</c>, <c>AWS_ENDPOINT_URL</c>, then the profile; else the region's endpoint.</value>
    public Uri? ServiceUrl { get; set; }

    /// <summary>The credentials. They are asked at most once a second and refreshed in the background five minutes before they expire.</summary>
    /// <value>Default null: those of <see cref="Profile"/>, or AWSSDK.Core's default chain.</value>
    public AWSCredentials? Credentials { get; set; }

    /// <summary>The name of a profile in the shared AWS configuration, for region, endpoint and credentials.</summary>
    /// <value>Default null: <c>AWS_PROFILE</c>, else <c>default</c>.</value>
    public string? Profile { get; set; }

    /// <summary>The body format of the data operations. <c>AWS_CBOR_DISABLE=true</c> in the environment forces JSON.</summary>
    /// <value>Default <see cref="KinesisWireFormat.Cbor"/>.</value>
    public KinesisWireFormat WireFormat { get; set; } = KinesisWireFormat.Cbor;

    /// <summary>Whether to call the FIPS endpoint. Cannot be combined with <see cref="ServiceUrl"/>.</summary>
    /// <value>Default null: <c>AWS_USE_FIPS_ENDPOINT</c>, then the profile, else false.</value>
    public bool? UseFips { get; set; }

    /// <summary>Whether to call the dual-stack (IPv6) endpoint. Cannot be combined with <see cref="ServiceUrl"/>.</summary>
    /// <value>Default null: <c>AWS_USE_DUALSTACK_ENDPOINT</c>, then the profile, else false.</value>
    public bool? UseDualStack { get; set; }

    /// <summary>
    /// Whether calls that name an ARN go to the account's own host (<c>123456789012.data-kinesis.eu-west-1.amazonaws.com</c>), as the AWS
    /// SDKs do. Switch it off where a VPC endpoint or a firewall knows only the plain name. Without effect beside a <see cref="ServiceUrl"/>.
    /// </summary>
    /// <value>Default true.</value>
    public bool UseAccountEndpoints { get; set; } = true;

    /// <summary>How long a new TCP and TLS connection may take.</summary>
    /// <value>Default 3.1 seconds: room for two lost SYN packets, which are sent again after one and three seconds. Range 1 ms to 5 minutes.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(3.1);

    /// <summary>How long one attempt may take in all: connection, request, headers and body. The defence against sockets that hang.</summary>
    /// <value>Default 10 seconds. Range 1 ms to 10 minutes.</value>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a call is tried, the first attempt included. Records that were sent are never put again below the producer.</summary>
    /// <value>Default 3. Range 1 to 20; 1 never retries.</value>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>How many HTTP/1.1 connections are open at once to a host; further calls wait inside their attempt's deadline.</summary>
    /// <value>Default 24, as Amazon's producer library. Range 1 to 1,024.</value>
    public int MaxConnections { get; set; } = 24;

    /// <summary>The HTTP/2 receive window of a subscription: how much is read ahead of the consumer, per shard.</summary>
    /// <value>Default 512 KiB, as Amazon's consumer library. Range 64 KiB to 16 MiB.</value>
    public int SubscriptionWindowBytes { get; set; } = 512 * 1024;

    /// <summary>Whether a certificate that cannot be verified is taken from a loopback address; other addresses are always verified. For emulators only.</summary>
    /// <value>Default false.</value>
    public bool AllowUntrustedLoopbackCertificate { get; set; }

    /// <summary>Replaces the retries of reads: GetRecords, GetShardIterator, List and Describe calls. It sees <see cref="KinesisApiException"/>.</summary>
    /// <value>Default null: <see cref="MaxAttempts"/>, full jitter, a retry budget, Retry-After honoured.</value>
    public ResiliencePipeline? ReadPipeline { get; set; }

    /// <summary>Replaces the retries of calls that change streams and consumers.</summary>
    /// <value>Default null: as for reads, but only when the call was throttled or the connection could not be made.</value>
    public ResiliencePipeline? ControlPipeline { get; set; }

    /// <summary>Replaces the retries of PutRecord and PutRecords. A pipeline that retries more than failed connections may store records twice.</summary>
    /// <value>Default null: only when the connection could not be made, so that nothing was sent.</value>
    public ResiliencePipeline? PutPipeline { get; set; }

    /// <summary>A last word on both HTTP handlers (one for calls, one for subscriptions), for instance to set a proxy.</summary>
    /// <value>Default null.</value>
    public Action<SocketsHttpHandler>? ConfigureHandler { get; set; }

    /// <summary>A checked copy.</summary>
    /// <param name="path">Where the options stand, for messages, for instance <c>Connection</c>.</param>
    internal KinesisConnectionOptions CopyChecked(string path = "Connection")
    {
        CheckRange(path, nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5));
        CheckRange(path, nameof(AttemptTimeout), AttemptTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10));
        CheckRange(path, nameof(MaxAttempts), MaxAttempts, 1, 20);
        CheckRange(path, nameof(MaxConnections), MaxConnections, 1, 1024);
        CheckRange(path, nameof(SubscriptionWindowBytes), SubscriptionWindowBytes, 64 * 1024, 16 * 1024 * 1024);
        if (!Enum.IsDefined(WireFormat))
            throw Invalid(path, nameof(WireFormat), ((int)WireFormat).ToString(CultureInfo.InvariantCulture), "Cbor or Json");
        if (Region is { } region && !IsRegion(region))
            throw Invalid(path, nameof(Region), region, "a region name such as eu-west-1 (letters, digits and hyphens)");
        if (ServiceUrl is { } url && !(url.IsAbsoluteUri && url.Scheme is "http" or "https" && url.Query.Length == 0 && url.UserInfo.Length == 0))
            throw Invalid(path, nameof(ServiceUrl), WithoutSecrets(url), "an absolute http or https address without query and user");
        if (ServiceUrl is not null && (UseFips == true || UseDualStack == true))
            throw Invalid(path, UseFips == true ? nameof(UseFips) : nameof(UseDualStack), "true", $"false or null beside {path}.{nameof(ServiceUrl)}");
        return (KinesisConnectionOptions)MemberwiseClone();
    }

    private static string WithoutSecrets(Uri url) => url.IsAbsoluteUri
        ? url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.SafeUnescaped)
        : url.OriginalString;

    private static bool IsRegion(string region) =>
        region.Length is > 0 and <= 63 && region.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static void CheckRange<T>(string path, string name, T value, T minimum, T maximum)
        where T : IComparable<T>
    {
        if (value.CompareTo(minimum) < 0 || value.CompareTo(maximum) > 0)
            throw Invalid(path, name, $"{value}", $"{minimum} to {maximum}");
    }

    private static ArgumentException Invalid(string path, string name, string value, string expected) =>
        new($"{path}.{name} is '{value}'; expected: {expected}.", path + "." + name);
}
