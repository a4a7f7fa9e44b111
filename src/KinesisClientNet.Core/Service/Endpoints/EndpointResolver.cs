using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Internal.Endpoints.StandardLibrary;

namespace KinesisClientNet.Core.Service.Endpoints;

/// <summary>Decides where a call goes, by the rules of the Kinesis endpoint rule set (transport reference, B). Thread-safe.</summary>
internal sealed class EndpointResolver
{
    /// <summary>Signing region beside a custom address when nobody names one; what the AWS tools assume too.</summary>
    private const string FallbackRegion = "us-east-1";

    /// <summary>More ARNs than this are resolved anew each time: the cache must not grow with its input.</summary>
    private const int MaxCached = 1024;

    private readonly bool _useFips;
    private readonly bool _useDualStack;
    private readonly bool _useAccountEndpoints;
    private readonly ConcurrentDictionary<(string Arn, bool IsData), KinesisEndpoint> _byArn = new();

    private EndpointResolver(KinesisEndpoint regional, bool useFips, bool useDualStack, bool useAccountEndpoints) =>
        (Regional, _useFips, _useDualStack, _useAccountEndpoints) = (regional, useFips, useDualStack, useAccountEndpoints);

    /// <summary>The endpoint of calls that name no ARN: the custom address, or the region's.</summary>
    public KinesisEndpoint Regional { get; }

    /// <summary>Reads options and the AWS conventions.</summary>
    /// <exception cref="ArgumentException">No region is known, or a custom address stands beside FIPS or dual-stack.</exception>
    public static EndpointResolver Create(KinesisConnectionOptions options, KinesisClientConfig config)
    {
        var useFips = options.UseFips ?? config.UseFIPSEndpoint;
        var useDualStack = options.UseDualStack ?? config.UseDualstackEndpoint;
        var custom = options.ServiceUrl ?? ConfiguredUrl(config);
        if (custom is null)
        {
            var region = options.Region ?? config.RegionEndpoint?.SystemName ?? throw new ArgumentException(
                "Connection.Region is not set and no region was found in AWS_REGION, the profile or the instance's metadata; set one, or Connection.ServiceUrl.",
                nameof(options));
            return new(RegionalEndpoint(region, useFips, useDualStack), useFips, useDualStack, options.UseAccountEndpoints);
        }

        // An address out of the environment beside FIPS or dual-stack is a contradiction too; the rule set refuses it.
        if (useFips || useDualStack)
            throw new ArgumentException($"{(useFips ? "FIPS" : "Dual-stack")} cannot be combined with the custom endpoint {custom}; unset one of them.", nameof(options));
        return new(new(custom, options.Region ?? ConfiguredRegion(config) ?? FallbackRegion), false, false, useAccountEndpoints: false);
    }

    /// <summary>The endpoint of a call.</summary>
    /// <param name="arn">The stream's or consumer's ARN that the call names, or null.</param>
    /// <param name="isData">The operation's class.</param>
    public KinesisEndpoint Resolve(string? arn, bool isData)
    {
        if (arn is null || !_useAccountEndpoints)
            return Regional;
        if (_byArn.TryGetValue((arn, isData), out var known))
            return known;
        var endpoint = AccountEndpoint(arn, isData);
        if (_byArn.Count < MaxCached)
            _byArn.TryAdd((arn, isData), endpoint);
        return endpoint;
    }

    private static Uri? ConfiguredUrl(KinesisClientConfig config)
    {
        var configured = config.ServiceURL;
        if (string.IsNullOrEmpty(configured))
            return null;
        return Uri.TryCreate(configured, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new ArgumentException(
                $"The endpoint '{configured}' of the environment (AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL) or the profile is not an http or https address.",
                nameof(config));
    }

    /// <summary>Environment and profile only: beside a custom address nobody should wait for an instance's metadata.</summary>
    private static string? ConfiguredRegion(KinesisClientConfig config)
    {
        if (config.Profile is { } named && new CredentialProfileStoreChain(named.Location).TryGetProfile(named.Name, out var profile) && profile.Region is { } region)
            return region.SystemName;
        return FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName;
    }

    private static KinesisEndpoint RegionalEndpoint(string region, bool useFips, bool useDualStack)
    {
        var partition = Fn.Partition(region);
        RequireSupport(partition, useFips, useDualStack);
        // GovCloud's plain endpoint is its FIPS endpoint (Kinesis rule set).
        var fips = useFips && (useDualStack || partition.name != "aws-us-gov") ? "-fips" : "";
        return new(new Uri($"https://kinesis{fips}.{region}.{(useDualStack ? partition.dualStackDnsSuffix : partition.dnsSuffix)}/"), region);
    }

    private KinesisEndpoint AccountEndpoint(string arnText, bool isData)
    {
        var arn = Fn.ParseArn(arnText);
        if (arn is null || arn.service != "kinesis" || string.IsNullOrEmpty(arn.accountId) || string.IsNullOrEmpty(arn.region)
            || !arn.accountId.All(char.IsAsciiDigit) || !Fn.IsValidHostLabel(arn.region, false))
            throw new ArgumentException($"'{arnText}' is not the ARN of a Kinesis stream or consumer; expected arn:aws:kinesis:region:account:stream/name.", nameof(arnText));
        var partition = Fn.Partition(arn.region);
        if (partition.name is "aws-iso" or "aws-iso-b")
            return RegionalEndpoint(arn.region, _useFips, _useDualStack);
        RequireSupport(partition, _useFips, _useDualStack);
        var suffix = _useDualStack ? partition.dualStackDnsSuffix : partition.dnsSuffix;
        return new(
            new Uri($"https://{arn.accountId}.{(isData ? "data" : "control")}-kinesis{(_useFips ? "-fips" : "")}.{arn.region}.{suffix}/"), arn.region);
    }

    private static void RequireSupport(Partition partition, bool useFips, bool useDualStack)
    {
        if (useFips && !partition.supportsFIPS)
            throw new ArgumentException($"Partition {partition.name} has no FIPS endpoints; unset Connection.UseFips.", nameof(useFips));
        if (useDualStack && !partition.supportsDualStack)
            throw new ArgumentException($"Partition {partition.name} has no dual-stack endpoints; unset Connection.UseDualStack.", nameof(useDualStack));
    }
}
