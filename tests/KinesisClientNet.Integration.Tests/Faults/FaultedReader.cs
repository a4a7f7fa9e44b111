using System.Text;
using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Consumer.Retrieval.FanOut;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Resilience;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Testing.Clocks;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>The reading half of a consumer on one shard, over enhanced fan-out: the real reader, queue and source, without leases.</summary>
internal sealed class FaultedReader : IAsyncDisposable
{
    /// <summary>Only a net under the test: what takes longer hangs.</summary>
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly LocalStream _stream;
    private readonly KinesisHttpApi _api;
    private readonly CancellationTokenSource _stop = new();
    private readonly FanOutRegistration _registration;
    private readonly WatchedSource _source;
    private readonly PrefetchQueue _queue;
    private readonly ShardActivity _activity;
    private readonly Task _reading;
    private TaskCompletionSource _change = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FaultedReader(LocalStream stream, KinesisHttpApi api, string consumerArn, CausalClock clock, SteppedTimeProvider world, long prefetchBytes)
    {
        (_stream, _api, Clock) = (stream, api, clock);
        var options = new Consumer.FanOutOptions { ConsumerArn = consumerArn };
        _registration = new(api, new(stream.Name), "billing", options, Clock, NullLogger.Instance);
        var shard = new ShardAddress(api, api, new(stream.Name), stream.ShardIds[0]);
        _source = new(new FanOutRecordSource(shard, new(StartingPosition.TrimHorizon, Clock), _registration, options, Clock, NullLogger.Instance), world);
        _queue = new(new PrefetchBudget(prefetchBytes));
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), new Random(1));
        _activity = new ShardActivity(Clock) { Changed = () => Volatile.Read(ref _change).TrySetResult() };
        var reader = new ShardReader(shard, _source, _queue, _activity, backoff, Clock, NullLogger.Instance);
        _reading = Task.Run(() => reader.RunAsync(_stop.Token));
    }

    public CausalClock Clock { get; }

    /// <summary>What the source threw, and when.</summary>
    public IReadOnlyList<(TimeSpan At, Exception Error)> Errors => _source.Errors;

    public void Put(string value, int bytes)
    {
        var put = _stream.PutAsync("key", Encoding.ASCII.GetBytes(value.PadRight(bytes, '.')));
        Assert.True(put.IsCompletedSuccessfully);
    }

    /// <summary>The values of the next page that has records.</summary>
    public async Task<IReadOnlyList<string>> NextAsync(CancellationToken cancellationToken)
    {
        var page = await _queue.Pages.ReadAsync(cancellationToken).AsTask().WaitAsync(Guard, cancellationToken);
        var values = new List<string>();
        for (var i = 0; i < page.Records.Count; i++)
            values.Add(Encoding.ASCII.GetString(page.Records[i].Data.Span).TrimEnd('.'));
        page.LetGo();
        return values;
    }

    /// <summary>Waits until the reader has nothing to do but to wait for the service.</summary>
    public Task RestAsync(CancellationToken cancellationToken) => Clock.LongWaitAsync().WaitAsync(Guard, cancellationToken);

    /// <summary>Waits until the queue is full and the reader takes nothing more from the connection.</summary>
    public async Task BlockedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _change, change);
            if (_queue.HeldBytes > 0 && _activity.Read("", Timeout.InfiniteTimeSpan).Reason == Consumer.ShardReason.Backpressure)
                return;
            await change.Task.WaitAsync(Guard, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _source.DisposeAsync();
        _queue.Dispose();
        _registration.Dispose();
        await _api.DisposeAsync();
        _stop.Dispose();
    }

    private sealed class WatchedSource(IRecordSource inner, SteppedTimeProvider world) : IRecordSource
    {
        private readonly List<(TimeSpan, Exception)> _errors = [];

        public long ExpectedPageBytes => inner.ExpectedPageBytes;

        public IReadOnlyList<(TimeSpan At, Exception Error)> Errors
        {
            get
            {
                lock (_errors)
                    return [.. _errors];
            }
        }

        public async ValueTask<ShardPage> ReadAsync(Func<long> room, CancellationToken cancellationToken)
        {
            try
            {
                return await inner.ReadAsync(room, cancellationToken);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                lock (_errors)
                    _errors.Add((world.Elapsed, error));
                throw;
            }
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
