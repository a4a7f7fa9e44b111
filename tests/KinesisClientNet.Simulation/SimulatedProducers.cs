using System.Globalization;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer;
using KinesisClientNet.Testing.Fleet;

namespace KinesisClientNet.Simulation;

/// <summary>The producers of a run. Every record has a number of its own, rising with time; every outcome is told to the oracle.</summary>
internal sealed class SimulatedProducers
{
    private const int KeysOfEach = 12;

    private readonly List<KinesisProducer> _producers = [];
    private readonly List<Task> _deliveries = [];
    private readonly Oracle _oracle;
    private readonly Trace _trace;

    public SimulatedProducers(SimulationPlan plan, string streamName, IKinesisApi api, TimeProvider clock, Oracle oracle, Trace trace)
    {
        (_oracle, _trace) = (oracle, trace);
        for (var i = 0; i < plan.Fleet.Producers; i++)
        {
            var settings = new KinesisProducerOptions { StreamName = streamName, KeepKeyOrder = true, OnRecordsSettled = OnSettled };
            settings.Aggregation.Enabled = plan.Fleet.Aggregates;
            _producers.Add(SeededProducer.Create(settings, api, clock, unchecked((plan.Seed * 7) + i)));
        }
    }

    /// <summary>Records enqueued so far: their numbers go from 1 to it.</summary>
    public int Records { get; private set; }

    public async Task PutAsync(Random random)
    {
        var producer = random.Next(_producers.Count);
        var id = ++Records;
        var key = string.Create(CultureInfo.InvariantCulture, $"key-{producer}-{random.Next(KeysOfEach)}");
        var pending = await _producers[producer].EnqueueAsync(new ProducerRecord(key, StoredRecords.DataOf(id), State: id));
        _deliveries.Add(TrackAsync(id, pending));
    }

    public async Task StopAsync()
    {
        foreach (var producer in _producers)
            await producer.DisposeAsync();
    }

    /// <summary>After the stop nothing is kept, and every delivery has come to its end.</summary>
    public void CheckStopped()
    {
        if (_deliveries.FindIndex(static delivery => !delivery.IsCompleted) is >= 0 and var open)
            _oracle.Break($"settling: the delivery of record {open + 1} never ended");
        foreach (var producer in _producers.Where(static producer => producer.PendingRecords > 0 || producer.PendingBytes > 0))
            _oracle.Break($"leak: a stopped producer keeps {producer.PendingRecords} records and {producer.PendingBytes} bytes");
    }

    private async Task TrackAsync(int id, PendingRecord pending)
    {
        try
        {
            var receipt = await pending.Delivery;
            _trace.Add($"stored {id} {receipt.ShardId} {receipt.SequenceNumber} attempts {receipt.Attempts.Count}");
        }
        catch (RecordFailedException failure)
        {
            _trace.Add($"failed {id} {failure.GetType().Name}");
        }
    }

    private void OnSettled(SettledRecords records)
    {
        for (var i = 0; i < records.Count; i++)
            _oracle.Settle((int)records.StateOf(i)!, records.Succeeded);
    }
}
