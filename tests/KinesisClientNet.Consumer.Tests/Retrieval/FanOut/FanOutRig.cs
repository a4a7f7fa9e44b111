using System.Text;
using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Consumer.Retrieval.FanOut;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Tests.Retrieval.FanOut;

/// <summary>A stream, a registration, and readers that do what the shard's reader does: ask, take, try again after an error.</summary>
internal sealed class FanOutRig : IDisposable
{
    private readonly List<Reader> _readers = [];

    /// <param name="shards">How many shards the stream has.</param>
    /// <param name="isLong">For days of hundreds of shards: fewer heartbeats (still within the silence that is allowed), and timers of one instant together.</param>
    public FanOutRig(int shards = 1, bool isLong = false)
    {
        Clock = new VirtualClock { FiresInstantsTogether = isLong };
        // The service asserts its rates in every test.
        var options = new LocalKinesisOptions { Throttling = LocalThrottling.Strict, WatchesReads = true };
        if (isLong)
            options.HeartbeatInterval = TimeSpan.FromSeconds(30);
        Local = new LocalKinesis(Clock, options).AddStream("orders", shards);
        Kinesis = new WatchedKinesis(Local, Clock);
        Registration = new(Kinesis, Stream, "billing", Options, Clock, Warnings);
    }

    public VirtualClock Clock { get; }

    /// <summary>What an operator would see, of all sources and the registration.</summary>
    public WarningCount Warnings { get; } = new();

    public LocalKinesis Local { get; }

    public WatchedKinesis Kinesis { get; }

    public FanOutOptions Options { get; } = new();

    public FanOutRegistration Registration { get; }

    public StreamReference Stream => new("orders");

    public IReadOnlyList<string> ShardIds => Local.Stream("orders").ShardIds;

    public FanOutRecordSource Source(string shardId, StartingPosition start, FanOutRegistration? registration = null) => new(
        new(Kinesis, Kinesis, Stream, shardId), new ResumePoint(start, Clock), registration ?? Registration, Options, Clock, Warnings);

    public Reader Read(string shardId, StartingPosition start) => Read(Source(shardId, start));

    public Reader Read(IRecordSource source)
    {
        var reader = new Reader(source, Clock);
        _readers.Add(reader);
        return reader;
    }

    public void Put(string key, string value)
    {
        var put = Local.Stream("orders").PutAsync(key, Encoding.UTF8.GetBytes(value));
        Assert.True(put.IsCompletedSuccessfully);
    }

    public void Dispose()
    {
        foreach (var reader in _readers)
            Clock.RunUntilDone(reader.DisposeAsync().AsTask(), TimeSpan.FromMinutes(1));
        Registration.Dispose();
        Clock.Settle();
        Assert.Equal(0, Kinesis.Open);
        Assert.Equal(0, Local.Stream("orders").ReadsAboveLimit);
    }

    internal sealed class WarningCount : ILogger
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Interlocked.Increment(ref _count);
        }
    }

    internal sealed class Reader : IAsyncDisposable
    {
        private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(200);

        private readonly CancellationTokenSource _stop = new();
        private readonly IRecordSource _source;
        private readonly TimeProvider _time;
        private readonly Task _reading;
        private TaskCompletionSource? _pause;

        public Reader(IRecordSource source, TimeProvider time)
        {
            (_source, _time) = (source, time);
            _reading = Task.Run(RunAsync);
        }

        public List<string> Values { get; } = [];

        public List<Exception> Errors { get; } = [];

        public ShardPage? End { get; private set; }

        public SequenceNumber? Last { get; private set; }

        public DateTimeOffset LastPageAt { get; private set; }

        /// <summary>The handler takes its time.</summary>
        public void Pause() => _pause = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Resume() => Interlocked.Exchange(ref _pause, null)?.SetResult();

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            Resume();
            await _reading;
            await _source.DisposeAsync();
            _stop.Dispose();
        }

        private async Task RunAsync()
        {
            while (End is null && !_stop.IsCancellationRequested)
            {
                try
                {
                    if (_pause is { } pause)
                        await pause.Task;
                    Take(await _source.ReadAsync(static () => 1_000_000, _stop.Token));
                }
                catch (KinesisApiException error)
                {
                    Errors.Add(error);
                    await Task.Delay(Backoff, _time, CancellationToken.None);
                }
                catch (OperationCanceledException) when (_stop.IsCancellationRequested)
                {
                    return;
                }
            }
        }

        private void Take(ShardPage page)
        {
            LastPageAt = _time.GetUtcNow();
            foreach (var record in page.Records)
            {
                Values.Add(Encoding.UTF8.GetString(record.Data.Span));
                Last = record.SequenceNumber;
            }

            page.LetGo();
            if (page.IsShardEnd)
                End = page;
        }
    }
}
