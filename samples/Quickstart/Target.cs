using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;

namespace Quickstart;

/// <summary>The Kinesis that the run talks to over HTTP: the embedded one, or the one of <c>--endpoint</c>.</summary>
internal sealed class Target : IAsyncDisposable
{
    private const int Shards = 4;
    private static readonly TimeSpan CreationLimit = TimeSpan.FromMinutes(2);
    private readonly LocalKinesisServer? _server;

    private Target(LocalKinesisServer? server, Uri endpoint, string stream)
    {
        _server = server;
        Endpoint = endpoint;
        Stream = new StreamReference(stream);
        Api = new KinesisHttpApi(Connection());
    }

    public Uri Endpoint { get; }

    public StreamReference Stream { get; }

    public KinesisHttpApi Api { get; }

    public bool IsEmbedded => _server is not null;

    public static async Task<Target> OpenAsync(Settings settings, CancellationToken cancellationToken)
    {
        var server = settings.Endpoint is null ? await LocalKinesisServer.StartAsync(new LocalKinesis(), cancellationToken: cancellationToken) : null;
        return new(server, settings.Endpoint ?? server!.Endpoint, settings.Stream);
    }

    /// <summary>How producer and consumers reach it. Emulators on this machine take any credentials; elsewhere the default chain is used.</summary>
    public KinesisConnectionOptions Connection()
    {
        var options = new KinesisConnectionOptions { ServiceUrl = Endpoint, AllowUntrustedLoopbackCertificate = Endpoint.IsLoopback };
        if (Endpoint.IsLoopback && Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") is null)
            (options.Region, options.Credentials) = ("us-east-1", new BasicAWSCredentials("quickstart", "quickstart"));
        return options;
    }

    /// <summary>Creates the stream where it does not exist, and waits until it is active.</summary>
    public async Task<int> PrepareStreamAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Api.CreateStreamAsync(Stream.Name!, Shards, cancellationToken: cancellationToken);
        }
        catch (KinesisApiException error) when (error.Kind == KinesisErrorKind.ResourceInUse)
        {
            // It exists already: the run uses it as it is; records of others are told apart by the run's id.
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CreationLimit);
        while (true)
        {
            var summary = await Api.DescribeStreamSummaryAsync(Stream, limit.Token);
            if (summary.StreamStatus == "ACTIVE")
                return summary.OpenShardCount;
            await Task.Delay(TimeSpan.FromMilliseconds(200), limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
