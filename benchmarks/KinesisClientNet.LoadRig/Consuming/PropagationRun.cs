using System.Buffers.Binary;
using System.Diagnostics;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.LoadRig.Serving;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>What one run has seen, in milliseconds.</summary>
internal sealed record PropagationDelays(double[] FromAcknowledgement, double[] FromSending, long Put, long Handled);

/// <summary>Puts numbered records at a steady rate and notes when each was sent, acknowledged and handled.</summary>
internal sealed class PropagationRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly LoadSettings _settings;
    private readonly int _recordsPerSecond;
    private readonly IKinesisApi _putter;
    private readonly long[] _sent;
    private readonly long[] _acknowledged;
    private readonly long[] _handled;
    private long _handledCount;

    public PropagationRun(LoadSettings settings, int recordsPerSecond, TimeSpan duration, IKinesisApi putter)
    {
        (_settings, _recordsPerSecond, _putter) = (settings with { RecordBytes = Math.Max(8, settings.RecordBytes) }, recordsPerSecond, putter);
        var count = (long)(duration.TotalSeconds * recordsPerSecond);
        (_sent, _acknowledged, _handled) = (new long[count], new long[count], new long[count]);
    }

    /// <summary>Measures one way of reading.</summary>
    /// <param name="mode">The way.</param>
    /// <param name="connection">How the consumer reaches the service.</param>
    /// <param name="api">The service in this process; null for the connection.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<PropagationDelays> RunAsync(RetrievalMode mode, KinesisConnectionOptions connection, IKinesisApi? api, CancellationToken cancellationToken)
    {
        var options = ConsumerSettings.Options("propagation", mode, connection);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var consumer = new KinesisConsumer(options, _ => new Stamper(this), api, new InMemoryLeaseStore());
        var running = consumer.RunAsync(stop.Token);
        await UntilAsync(() => consumer.Shards.Count == _settings.Shards && consumer.Shards.All(shard => shard.Reason == ShardReason.CaughtUp), cancellationToken);
        await PutAsync(cancellationToken);
        await UntilAsync(() => Volatile.Read(ref _handledCount) == _handled.Length, cancellationToken);
        await stop.CancelAsync();
        await running;
        return new(DelaysFrom(_acknowledged), DelaysFrom(_sent), _handled.Length, _handledCount);
    }

    private async Task PutAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (var sent = 0; sent < _sent.Length;)
        {
            await tick.WaitForNextTickAsync(cancellationToken);
            var due = (int)Math.Min(Math.Min(_sent.Length, sent + 500L), (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * _recordsPerSecond));
            if (due <= sent)
                continue;
            var entries = Enumerable.Range(sent, due - sent).Select(Entry).ToArray();
            var now = Stopwatch.GetTimestamp();
            var response = await _putter.PutRecordsAsync(new(new(LocalService.Stream), entries), cancellationToken);
            if (response.FailedRecordCount > 0)
                throw new InvalidOperationException($"{response.FailedRecordCount} records were refused.");
            Array.Fill(_sent, now, sent, due - sent);
            Array.Fill(_acknowledged, Stopwatch.GetTimestamp(), sent, due - sent);
            sent = due;
        }
    }

    private PutRecordsEntry Entry(int index)
    {
        var payload = new byte[_settings.RecordBytes];
        BinaryPrimitives.WriteInt32LittleEndian(payload, index);
        return new(payload, _settings.Key(index));
    }

    private double[] DelaysFrom(long[] from) =>
        [.. Enumerable.Range(0, from.Length).Skip(from.Length / 5).Where(i => _handled[i] > 0).Select(i => Stopwatch.GetElapsedTime(from[i], _handled[i]).TotalMilliseconds)];

    private static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(started) < Limit)
            await Task.Delay(Look, cancellationToken);
    }

    private sealed class Stamper(PropagationRun run) : IShardProcessor
    {
        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            var now = Stopwatch.GetTimestamp();
            foreach (var record in batch)
            {
                if (Interlocked.CompareExchange(ref run._handled[BinaryPrimitives.ReadInt32LittleEndian(record.Data.Span)], now, 0) == 0)
                    Interlocked.Increment(ref run._handledCount);
            }

            return default;
        }
    }
}
