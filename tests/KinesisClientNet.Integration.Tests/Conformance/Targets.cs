using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Integration.Tests.Emulators;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>The servers that one suite of tests is run against. A server that cannot run here skips its tests with the reason.</summary>
public sealed class Targets(KinesisMockFixture kinesisMock, LocalStackFixture localStack)
{
    public const string EndpointVariable = "KINESISCLIENTNET_TEST_ENDPOINT";

    private const string KinesisMockCbor = "kinesis-mock, CBOR";
    private const string KinesisMockJson = "kinesis-mock, JSON";
    private const string LocalStack = "LocalStack";
    private const string Endpoint = "endpoint of " + EndpointVariable;

    /// <summary>LocalStack runs kinesis-mock inside, an older one.</summary>
    private const Quirk KinesisMockQuirks =
        Quirk.RangesOffByOne | Quirk.ConstantEndingSequenceNumber | Quirk.TimeFiltersIgnoreTheEnd | Quirk.ConsumerTokenAtTheEnd |
        Quirk.BrokenIteratorIsAFault | Quirk.OversizeFailsAlone | Quirk.SubscriptionIgnoresShardEnd | Quirk.NoTakeover |
        Quirk.SplitAtTheStartIsAccepted | Quirk.MergedStartIsTheParents | Quirk.NoRequestLimits | Quirk.SubscriptionErrorsComeLate;

    public static TheoryData<string> All { get; } =
        [KinesisMockCbor, KinesisMockJson, LocalStack, .. EndpointAddress is null ? Array.Empty<string>() : [Endpoint]];

    private static Uri? EndpointAddress =>
        Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 } address ? new Uri(address) : null;

    public async Task<KinesisSession> OpenAsync(string target) => target switch
    {
        KinesisMockCbor => Connect(await kinesisMock.EndpointAsync(), KinesisWireFormat.Cbor, KinesisMockQuirks, KinesisMockFixture.NewAccount()),
        KinesisMockJson => Connect(await kinesisMock.EndpointAsync(), KinesisWireFormat.Json, KinesisMockQuirks, KinesisMockFixture.NewAccount()),
        LocalStack => Connect(await localStack.EndpointAsync(), KinesisWireFormat.Json, KinesisMockQuirks, KinesisMockFixture.NewAccount()),
        Endpoint => OpenEndpoint(),
        _ => throw new ArgumentOutOfRangeException(nameof(target), target, "is no target"),
    };

    /// <summary>Whatever the variable names, AWS included: credentials and region come from where every AWS SDK takes them.</summary>
    private static KinesisSession OpenEndpoint()
    {
        var client = new KinesisHttpApi(new() { ServiceUrl = EndpointAddress });
        return new(client, client, Quirk.None, client.DisposeAsync);
    }

    private static KinesisSession Connect(Uri endpoint, KinesisWireFormat format, Quirk quirks, string account)
    {
        var client = new KinesisHttpApi(new()
        {
            ServiceUrl = endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials(account, "secret"), WireFormat = format,
            // kinesis-mock answers nothing while it parses a big body, about a second a megabyte, and stalls on small HTTP/2 windows (Q7, Q9).
            AttemptTimeout = TimeSpan.FromSeconds(60), SubscriptionWindowBytes = 16 * 1024 * 1024,
        });
        return new(client, client, quirks, client.DisposeAsync);
    }
}
