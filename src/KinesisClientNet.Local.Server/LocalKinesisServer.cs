using System.Net;
using System.Security.Cryptography.X509Certificates;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Local.Server;

/// <summary>
/// An in-process Kinesis on a port of 127.0.0.1, so that any AWS SDK can connect to it: JSON and CBOR bodies, event streams over HTTP/2 and
/// HTTP/1.1. Requests must be signed, with any credentials; the signature's value is not checked. Never reachable from other machines.
/// Thread-safe. Dispose it to stop; the <see cref="LocalKinesis"/> behind it lives on.
/// </summary>
public sealed class LocalKinesisServer : IAsyncDisposable
{
    private readonly WebApplication _host;
    private readonly IServer _server;
    private readonly CancellationTokenSource _stopping = new();
    private readonly LocalKinesis? _kinesis;
    private readonly TimeSpan _shutdownTimeout;
    private readonly ILogger _log;
    private int _disposed;

    private LocalKinesisServer(WebApplication host, LocalKinesis? kinesis, X509Certificate2? certificate, TimeSpan shutdownTimeout, ILogger log)
    {
        (_host, _kinesis, Certificate, _shutdownTimeout, _log) = (host, kinesis, certificate, shutdownTimeout, log);
        _server = host.Services.GetRequiredService<IServer>();
    }

    /// <summary>The service behind the port. It is the caller's: disposal of the server leaves it as it is.</summary>
    public LocalKinesis Kinesis => _kinesis ?? throw new InvalidOperationException("This server was started in front of another service.");

    /// <summary>The plain endpoint, for instance <c>http://127.0.0.1:43210</c>.</summary>
    public Uri Endpoint { get; private set; } = new("http://127.0.0.1");

    /// <summary>The TLS endpoint; null without <see cref="LocalKinesisServerOptions.UseTls"/>.</summary>
    public Uri? TlsEndpoint { get; private set; }

    /// <summary>The TLS port's self-signed certificate, for <c>localhost</c> and 127.0.0.1, for clients to trust; null without TLS.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>Puts a local service on a loopback port.</summary>
    /// <param name="kinesis">The service.</param>
    /// <param name="options">The settings; null for the defaults: a free port, no TLS.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>The running server.</returns>
    /// <exception cref="ArgumentException">A setting is out of its range; the message names it.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static Task<LocalKinesisServer> StartAsync(
        LocalKinesis kinesis, LocalKinesisServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kinesis);
        return StartAsync(kinesis, kinesis, kinesis.ServiceClock, options ?? new(), cancellationToken);
    }

    /// <summary>Puts any implementation of the ports on a loopback port.</summary>
    internal static async Task<LocalKinesisServer> StartAsync(
        IKinesisApi kinesis, IKinesisAdmin admin, TimeProvider clock, LocalKinesisServerOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        var log = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger<LocalKinesisServer>();
        var certificate = options.UseTls ? LoopbackCertificate.Create() : null;
        var server = new LocalKinesisServer(BuildHost(options, certificate), kinesis as LocalKinesis, certificate, options.ShutdownTimeout, log);
        try
        {
            var isStrict = kinesis is LocalKinesis { Options.Throttling: LocalThrottling.Strict };
            var front = new KinesisFront(
                new(kinesis, admin), new(isStrict ? clock : null), new((ulong)clock.GetUtcNow().ToUnixTimeSeconds()), new(clock), options.MaxRequestBodyBytes,
                log, server._stopping.Token);
            await server.BindAsync(front, cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops listening, ends subscriptions, waits for running requests up to <see cref="LocalKinesisServerOptions.ShutdownTimeout"/> and closes all connections.</summary>
    /// <returns>A task that ends when the ports are free.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stopping.CancelAsync().ConfigureAwait(false);
        using (var deadline = new CancellationTokenSource(_shutdownTimeout, TimeProvider.System))
            await _server.StopAsync(deadline.Token).ConfigureAwait(false);
        await _host.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
        Certificate?.Dispose();
        _log.Stopped(Endpoint);
    }

    private async Task BindAsync(KinesisFront front, CancellationToken cancellationToken)
    {
        await _server.StartAsync(front, cancellationToken).ConfigureAwait(false);
        foreach (var address in _server.Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address)))
        {
            if (address.Scheme == Uri.UriSchemeHttps)
                TlsEndpoint = address;
            else
                Endpoint = address;
            _log.Listening(address);
        }
    }

    /// <summary>A host that reads no configuration file, environment variable or argument, and that is never started: it only builds the server.</summary>
    private static WebApplication BuildHost(LocalKinesisServerOptions options, X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        if (options.LoggerFactory is { } loggers)
            builder.Services.AddSingleton(loggers);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            SetLimits(kestrel, options);
            kestrel.Listen(IPAddress.Loopback, options.Port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.Use(next => new Http2PriorKnowledge(next, TimeProvider.System).OnConnectionAsync);
            });
            if (certificate is not null)
                kestrel.Listen(IPAddress.Loopback, options.TlsPort, listen => listen.UseHttps(certificate));
        });
        return builder.Build();
    }

    private static void SetLimits(KestrelServerOptions kestrel, LocalKinesisServerOptions options)
    {
        const int ConnectionWindowBytes = 16 * 1024 * 1024, StreamWindowBytes = 4 * 1024 * 1024; // room for a 10 MiB PutRecords without a stop per 768 KiB
        kestrel.AddServerHeader = false;
        kestrel.AllowAlternateSchemes = true; // see Http2PriorKnowledge
        kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        kestrel.Limits.MaxRequestBodySize = null; // the front end cuts off itself, with the service's status
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null; // a slow reader of a subscription is made to wait, not cut off
        kestrel.Limits.Http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
    }
}
