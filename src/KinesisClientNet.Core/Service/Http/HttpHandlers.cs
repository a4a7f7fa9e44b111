using System.Net;
using System.Net.Security;
using KinesisClientNet.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>Makes the two handlers: HTTP/1.1 for calls, HTTP/2 for subscriptions alone (transport reference, G: HTTP/2 costs calls a third more CPU).</summary>
internal static class HttpHandlers
{
    /// <summary>Below what servers keep idle connections for (kinesis-mock 60 s): a request must not meet a connection that is being closed.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(20);

    /// <summary>New connections see changed DNS answers after this time.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>A subscription lives for five minutes; its connection may serve others after it.</summary>
    private static readonly TimeSpan SubscriptionConnectionLifetime = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The service sends a heartbeat every 5 s: a connection is asked whether it lives after two that did not come. So a half-open connection is given
    /// up before the subscriptions on it are (35 s), and their successors do not go to it (ADR 0033).
    /// </summary>
    private static readonly TimeSpan SilenceUntilPing = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(5);

    public static SocketsHttpHandler ForCalls(KinesisConnectionOptions options, ILogger logger)
    {
        var handler = Create(options, logger, ConnectionLifetime);
        handler.MaxConnectionsPerServer = options.MaxConnections;
        options.ConfigureHandler?.Invoke(handler);
        return handler;
    }

    public static SocketsHttpHandler ForSubscriptions(KinesisConnectionOptions options, ILogger logger)
    {
        var handler = Create(options, logger, SubscriptionConnectionLifetime);
        // AWS allows few streams per connection: without further connections the next subscription waits for a free one.
        handler.EnableMultipleHttp2Connections = true;
        handler.InitialHttp2StreamWindowSize = options.SubscriptionWindowBytes;
        handler.KeepAlivePingDelay = SilenceUntilPing;
        handler.KeepAlivePingTimeout = PingTimeout;
        handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        options.ConfigureHandler?.Invoke(handler);
        return handler;
    }

    private static SocketsHttpHandler Create(KinesisConnectionOptions options, ILogger logger, TimeSpan lifetime)
    {
        var handler = new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null, // A traceparent header would go unsigned to a service that does not read it.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = IdleTimeout,
            PooledConnectionLifetime = lifetime,
            UseCookies = false,
        };
        if (options.AllowUntrustedLoopbackCertificate)
        {
            CoreLog.UntrustedCertificatesAllowed(logger);
            handler.SslOptions.RemoteCertificateValidationCallback = static (sender, _, _, errors) =>
                errors == SslPolicyErrors.None || (sender is SslStream stream && IsLoopback(stream.TargetHostName));
        }

        return handler;
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
