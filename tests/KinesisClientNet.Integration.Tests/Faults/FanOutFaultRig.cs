using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;
using KinesisClientNet.Testing.Clocks;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>A local Kinesis on a port, a proxy before it, and readers that reach it through the proxy; time is virtual, sockets are real.</summary>
internal sealed class FanOutFaultRig : IAsyncDisposable
{
    /// <summary>Longer than the service's five seconds between subscriptions, shorter than every deadline.</summary>
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(6);

    private readonly SteppedTimeProvider _world = new();
    private readonly LocalKinesis _local;
    private LocalKinesisServer _server = null!;
    private int _streams;

    private FanOutFaultRig(LocalThrottling throttling) => _local = new LocalKinesis(_world, new LocalKinesisOptions { Throttling = throttling, WatchesReads = true });

    public Http2Proxy Proxy { get; private set; } = null!;

    public TimeSpan Elapsed => _world.Elapsed;

    public static async Task<FanOutFaultRig> StartAsync(CancellationToken cancellationToken, LocalThrottling throttling = LocalThrottling.Strict)
    {
        var rig = new FanOutFaultRig(throttling);
        rig._server = await LocalKinesisServer.StartAsync(rig._local, cancellationToken: cancellationToken);
        rig.Proxy = Http2Proxy.Start(rig._server.Endpoint);
        return rig;
    }

    /// <summary>Begins to read a new stream of one shard over new connections.</summary>
    /// <param name="faultOf">What the proxy breaks; connections count from 0.</param>
    /// <param name="prefetchBytes">The budget of the reader.</param>
    /// <param name="windowBytes">The subscription's window.</param>
    /// <param name="pingsSoon">Whether a silent connection is asked for a sign of life after two seconds instead of ten.</param>
    public async Task<FaultedReader> ReadAsync(Func<ServerFrame, FrameFault?> faultOf, long prefetchBytes = 64 * 1024 * 1024, int windowBytes = 512 * 1024, bool pingsSoon = false)
    {
        var name = $"orders-{_streams++}";
        _local.AddStream(name, 1);
        var consumer = await _local.RegisterStreamConsumerAsync(_local.Stream(name).Arn, "billing");
        Proxy.Restart(faultOf);
        var api = new KinesisHttpApi(
            new()
            {
                ServiceUrl = Proxy.Endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials("test", "test"), SubscriptionWindowBytes = windowBytes,
                AttemptTimeout = TimeSpan.FromMinutes(5), // The reader's own deadlines are the ones that are tested.
                ConfigureHandler = pingsSoon ? PingSoon : null,
            },
            timeProvider: _world);
        return new(_local.Stream(name), api, consumer.ConsumerArn, new(_world, ShortWait, Proxy.AnsweredAsync), _world, prefetchBytes);
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await _server.DisposeAsync();
        for (var i = 0; i < _streams; i++)
            Assert.Equal(0, _local.Stream($"orders-{i}").ReadsAboveLimit);
    }

    /// <summary>HTTP/2 pings run on the machine's clock, the one part of the program that no injected clock moves.</summary>
    private static void PingSoon(SocketsHttpHandler handler)
    {
        if (handler.KeepAlivePingDelay != Timeout.InfiniteTimeSpan)
            handler.KeepAlivePingDelay = TimeSpan.FromSeconds(2);
    }
}
