using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using KinesisClientNet.Core.Telemetry;
using KinesisClientNet.Producer;

namespace KinesisClientNet.Benchmarks;

/// <summary>Per record of 200 bytes: from the caller's enqueue to the outcome, without wire and service; with nobody and with everybody listening to metrics and spans.</summary>
public class EnqueueToSettleBenchmarks
{
    private const int Records = 100_000;
    private const int HandOver = 64;
    private readonly byte[] _payload = new byte[200];
    private readonly PendingRecord[] _pending = new PendingRecord[Records];
    private readonly ProducerRecord[] _many = new ProducerRecord[HandOver];
    private readonly string[] _keys = [.. Enumerable.Range(0, 5_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"customer-{i:D5}"))];
    private KinesisProducer _producer = null!;
    private MeterListener? _meters;
    private ActivityListener? _spans;
    private long _settled;

    /// <summary>Whether metrics and spans are listened to.</summary>
    [Params(false, true)]
    public bool Telemetry { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        if (Telemetry)
            Listen();
        _producer = new KinesisProducer(
            new() { StreamName = "instant", ShardRateFactor = 1_000_000, OnRecordsSettled = settled => Interlocked.Add(ref _settled, settled.Count) }, new InstantKinesis(4));
    }

    [GlobalCleanup]
    public async Task CleanAsync()
    {
        await _producer.DisposeAsync();
        _meters?.Dispose();
        _spans?.Dispose();
    }

    /// <summary>One call a record, outcomes by the batch callback.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Records)]
    public async Task<long> Callback()
    {
        for (var i = 0; i < Records; i++)
            await _producer.EnqueueAsync(_keys[i % _keys.Length], _payload);
        await _producer.FlushAsync();
        return _settled;
    }

    /// <summary>64 records a call, outcomes by the batch callback.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public async Task<long> ManyAtOnce()
    {
        for (var i = 0; i < Records;)
        {
            var count = Math.Min(HandOver, Records - i);
            for (var j = 0; j < count; j++, i++)
                _many[j] = new ProducerRecord(_keys[i % _keys.Length], _payload);
            await _producer.EnqueueAsync(_many.AsMemory(0, count));
        }

        await _producer.FlushAsync();
        return _settled;
    }

    /// <summary>Every outcome awaited as a value.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public async Task<long> AwaitedValues()
    {
        await EnqueueAllAsync();
        long places = 0;
        foreach (var pending in _pending)
            places += (await pending.AsValueTask()).SubSequenceNumber;
        return places;
    }

    /// <summary>Every outcome awaited as a task that was asked for at once.</summary>
    [Benchmark(OperationsPerInvoke = Records)]
    public async Task<long> AwaitedTasks()
    {
        var tasks = new List<Task<RecordReceipt>>(Records);
        for (var i = 0; i < Records; i++)
            tasks.Add((await _producer.EnqueueAsync(_keys[i % _keys.Length], _payload)).Delivery);
        var flushed = _producer.FlushAsync();
        long places = 0;
        foreach (var task in tasks)
            places += (await task).SubSequenceNumber;
        await flushed;
        return places;
    }

    private async Task EnqueueAllAsync()
    {
        for (var i = 0; i < Records; i++)
            _pending[i] = await _producer.EnqueueAsync(_keys[i % _keys.Length], _payload);
        await _producer.FlushAsync();
    }

    private void Listen()
    {
        _meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == KinesisClientTelemetry.ProducerName)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _meters.SetMeasurementEventCallback<long>(static (_, _, _, _) => { });
        _meters.SetMeasurementEventCallback<double>(static (_, _, _, _) => { });
        _meters.Start();
        _spans = new ActivityListener
        {
            ShouldListenTo = source => source.Name == KinesisClientTelemetry.ProducerName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(_spans);
    }
}
