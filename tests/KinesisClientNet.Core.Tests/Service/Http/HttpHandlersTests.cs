using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Core.Tests.Service.Http;

/// <summary>Numbers of the handlers that no virtual clock can move: they run on the machine's own timers, so they are held here.</summary>
public sealed class HttpHandlersTests
{
    /// <summary>Two of the service's heartbeats (5 s) that did not come, and five seconds for the answer: half-open connections are given up after 15 s (ADR 0033).</summary>
    [Fact]
    public void A_silent_subscription_connection_is_asked_after_ten_seconds_and_given_up_after_five_more()
    {
        using var handler = HttpHandlers.ForSubscriptions(new KinesisConnectionOptions(), NullLogger.Instance);

        Assert.Equal(TimeSpan.FromSeconds(10), handler.KeepAlivePingDelay);
        Assert.Equal(TimeSpan.FromSeconds(5), handler.KeepAlivePingTimeout);
        Assert.Equal(HttpKeepAlivePingPolicy.WithActiveRequests, handler.KeepAlivePingPolicy);
    }

    [Fact]
    public void Subscriptions_open_further_connections_and_read_ahead_by_their_window()
    {
        using var handler = HttpHandlers.ForSubscriptions(new KinesisConnectionOptions { SubscriptionWindowBytes = 128 * 1024 }, NullLogger.Instance);

        Assert.True(handler.EnableMultipleHttp2Connections);
        Assert.Equal(128 * 1024, handler.InitialHttp2StreamWindowSize);
        Assert.Equal(TimeSpan.FromMinutes(15), handler.PooledConnectionLifetime);
    }

    [Fact]
    public void Calls_have_a_bounded_number_of_connections_that_are_not_kept_longer_than_servers_do()
    {
        using var handler = HttpHandlers.ForCalls(new KinesisConnectionOptions(), NullLogger.Instance);

        Assert.Equal(24, handler.MaxConnectionsPerServer);
        Assert.Equal(TimeSpan.FromSeconds(20), handler.PooledConnectionIdleTimeout);
        Assert.Equal(TimeSpan.FromMinutes(5), handler.PooledConnectionLifetime);
        Assert.Equal(Timeout.InfiniteTimeSpan, handler.KeepAlivePingDelay);
        Assert.False(handler.AllowAutoRedirect);
        Assert.Null(handler.ActivityHeadersPropagator);
    }

    [Fact]
    public void The_users_own_settings_come_last()
    {
        var options = new KinesisConnectionOptions { ConfigureHandler = static handler => handler.KeepAlivePingDelay = TimeSpan.FromSeconds(3) };
        using var handler = HttpHandlers.ForSubscriptions(options, NullLogger.Instance);

        Assert.Equal(TimeSpan.FromSeconds(3), handler.KeepAlivePingDelay);
    }
}
