using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Integration.Tests.Emulators;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>The servers that one suite of tests is run against. A server that cannot run here skips its tests with the reason.</summary>
public sealed class Targets(KinesisMockFixture kinesisMock, LocalStackFixture localStack) : IAsyncDisposable
{
    public const string EndpointVariable = "KINESISCLIENTNET_TEST_ENDPOINT";

    private const string Local = "Local, in process";
    private const string LocalServerCbor = "Local.Server, CBOR";
    private const string LocalServerJson = "Local.Server, JSON";
    private const string LocalServerTls = "Local.Server, TLS";
    private const string KinesisMockCbor = "kinesis-mock, CBOR";
    private const string KinesisMockJson = "kinesis-mock, JSON";
    private const string LocalStack = "LocalStack";
    private const string Endpoint = "endpoint of " + EndpointVariable;

    /// <summary>LocalStack runs kinesis-mock inside, an older one.</summary>
    private const Quirk KinesisMockQuirks =
        Quirk.RangesOffByOne | Quirk.ConstantEndingSequenceNumber | Quirk.TimeFiltersIgnoreTheEnd | Quirk.ConsumerTokenAtTheEnd |
        Quirk.BrokenIteratorIsAFault | Quirk.OversizeFailsAlone | Quirk.SubscriptionIgnoresShardEnd | Quirk.NoTakeover |
        Quirk.SplitAtTheStartIsAccepted | Quirk.MergedStartIsTheParents | Quirk.NoRequestLimits | Quirk.SubscriptionErrorsComeLate;

    private readonly Lazy<Task<LocalKinesisServer>> _server = new(
        () => LocalKinesisServer.StartAsync(new LocalKinesis(), new() { UseTls = true }, CancellationToken.None));

    public static TheoryData<string> All { get; } =
        [Local, LocalServerCbor, LocalServerJson, LocalServerTls, KinesisMockCbor, KinesisMockJson, LocalStack, .. EndpointAddress is null ? Array.Empty<string>() : [Endpoint]];

    private static Uri? EndpointAddress =>
        Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 } address ? new Uri(address) : null;

    public async Task<KinesisSession> OpenAsync(string target) => target switch
    {
        Local => InProcess(),
        LocalServerCbor => Connect((await _server.Value).Endpoint, KinesisWireFormat.Cbor, Quirk.None, "test"),
        LocalServerJson => Connect((await _server.Value).Endpoint, KinesisWireFormat.Json, Quirk.None, "test"),
        LocalServerTls => Connect((await _server.Value).TlsEndpoint!, KinesisWireFormat.Cbor, Quirk.None, "test"),
        KinesisMockCbor => Connect(await kinesisMock.EndpointAsync(), KinesisWireFormat.Cbor, KinesisMockQuirks, KinesisMockFixture.NewAccount()),
        KinesisMockJson => Connect(await kinesisMock.EndpointAsync(), KinesisWireFormat.Json, KinesisMockQuirks, KinesisMockFixture.NewAccount()),
        LocalStack => Connect(await localStack.EndpointAsync(), KinesisWireFormat.Json, KinesisMockQuirks, KinesisMockFixture.NewAccount()),
        Endpoint => OpenEndpoint(),
        _ => throw new ArgumentOutOfRangeException(nameof(target), target, "is no target"),
    };

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
            await (await _server.Value).DisposeAsync();
    }

    private static KinesisSession InProcess()
    {
        var kinesis = new LocalKinesis();
        return new(kinesis, kinesis, Quirk.None, () => ValueTask.CompletedTask);
    }

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
            AllowUntrustedLoopbackCertificate = true,
        });
        return new(client, client, quirks, client.DisposeAsync);
    }
}
