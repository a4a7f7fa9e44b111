using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Local.Tests.Faults;

/// <summary>The local service as its callers see it: in the process, or through the local server by the wire client.</summary>
internal sealed class FaultRig : IAsyncDisposable
{
    private readonly TimerSpy _clock = new();
    private LocalKinesisServer? _server;

    private FaultRig(int shards, LocalKinesisOptions? options)
    {
        _clock.SetUtcNow(LocalFixture.Start);
        Kinesis = new LocalKinesis(_clock, options).AddStream("orders", shards);
        Api = Kinesis;
    }

    public LocalKinesis Kinesis { get; }

    public IKinesisApi Api { get; private set; }

    public LocalStream Stream => Kinesis.Stream("orders");

    public FaultPlan Faults => Kinesis.Faults;

    public FakeTimeProvider Clock => _clock;

    public static async Task<FaultRig> StartAsync(bool overHttp, int shards = 1, LocalKinesisOptions? options = null)
    {
        var rig = new FaultRig(shards, options);
        if (!overHttp)
            return rig;
        rig._server = await LocalKinesisServer.StartAsync(rig.Kinesis, cancellationToken: LocalFixture.Token);
        var connection = new KinesisConnectionOptions
        {
            ServiceUrl = rig._server.Endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials("test", "test"),
        };
        rig.Api = new KinesisHttpApi(connection, timeProvider: new ClientClock(rig._clock));
        return rig;
    }

    public ValueTask<PutRecordsResponse> PutAsync(int records, CancellationToken? cancellation = null) => Api.PutRecordsAsync(
        new(new("orders"), Enumerable.Range(0, records).Select(static i => new PutRecordsEntry(LocalFixture.Bytes($"{i}"), "key")).ToArray()),
        cancellation ?? LocalFixture.Token);

    public ValueTask<string> IteratorAsync(StartingPosition position) =>
        Api.GetShardIteratorAsync(new("orders"), "shardId-000000000000", position, LocalFixture.Token);

    public ValueTask<GetRecordsPage> PageAsync(string iterator) => Api.GetRecordsAsync(new(new("orders"), iterator), LocalFixture.Token);

    /// <summary>Runs the call until a fault of it waits, lets the time pass, and ends the call.</summary>
    public async Task<T> WaitOutAsync<T>(ValueTask<T> call, TimeSpan time, Action? meanwhile = null)
    {
        var running = call.AsTask();
        await _clock.TimerStarted;
        Assert.False(running.IsCompleted);
        meanwhile?.Invoke();
        _clock.Advance(time);
        return await running;
    }

    public async ValueTask DisposeAsync()
    {
        if (Api is IAsyncDisposable client)
            await client.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    /// <summary>Tells when the service begins to wait.</summary>
    private sealed class TimerSpy : FakeTimeProvider
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task TimerStarted => _started.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _started.TrySetResult();
            return timer;
        }
    }

    /// <summary>The client's clock shows the same time, but its deadlines are real: they are no timers of the service.</summary>
    private sealed class ClientClock(TimeProvider clock) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();
    }
}
