using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Producer;
using KinesisClientNet.Testing;
using KinesisClientNet.Testing.Clocks;
using KinesisClientNet.Testing.Fleet;
using KinesisClientNet.Testing.Leasing;

namespace KinesisClientNet.Simulation;

/// <summary>What a run came to.</summary>
internal sealed record SimulationResult(int Seed, string? Violation, long Faults, int Records, Trace Trace);

/// <summary>
/// One fleet from its start to its end by a plan: a producer, workers, the service and the lease store on one clock and one thread.
/// </summary>
internal sealed class SimulationRun
{
    private const string StreamName = "simulated";
    private const int MostWorkers = 8;
    private static readonly TimeSpan LongestStep = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(10);

    /// <summary>For so long the leader may still give leases to a worker that crashed (KCL 3.5: reports live 60 s).</summary>
    private static readonly TimeSpan ReportLimit = TimeSpan.FromSeconds(60);

    private readonly SimulationPlan _plan;
    private readonly SteppedTimeProvider _clock = new();
    private readonly LocalKinesis _kinesis;
    private readonly FaultyLeaseStore _leases;
    private readonly Oracle _oracle;
    private readonly Trace _trace;
    private readonly HandlerMood _mood;
    private readonly Mutant _mutant;
    private readonly List<Task> _deliveries = [];
    private ConsumerHarness _fleet = null!;
    private bool _hadReshard;
    private int _records;

    private SimulationRun(SimulationPlan plan, Mutant mutant)
    {
        (_plan, _mutant) = (plan, mutant);
        _kinesis = new LocalKinesis(_clock, new() { Seed = plan.Seed, SequenceGaps = true }).AddStream(StreamName, plan.Shards);
        _leases = new(mutant.OfStore(new Consumer.Leasing.InMemoryLeaseStore()), plan.Seed);
        _trace = new(_clock);
        _mood = new(plan.Seed);
        _oracle = new(_kinesis.Stream(StreamName), _trace);
        _leases.Applied += _oracle.Written;
        _kinesis.Faults.Met += (call, fault) => _trace.Add($"fault {call.Operation} {fault}");
    }

    public static async Task<SimulationResult> ExecuteAsync(SimulationPlan plan, Mutant? mutant = null)
    {
        var run = new SimulationRun(plan, mutant ?? Mutant.None);
        try
        {
            await run.LiveAsync();
        }
        catch (Exception error)
        {
            run._oracle.Break($"the run failed: {error.GetType().Name}: {error.Message}");
        }

        var faults = run._kinesis.Faults.Counts.Values.Sum() + run._leases.Failures + run._mood.Failures + plan.Events.Count;
        return new(plan.Seed, run._oracle.Violation, faults, run._records, run._trace);
    }

    private async Task LiveAsync()
    {
        var options = new KinesisConsumerOptions { StreamName = StreamName, ApplicationName = "simulation", Leases = { Duration = LeaseDuration } };
        options.Leases.Renewal = _plan.RenewsPerWorker ? LeaseRenewal.PerWorker : LeaseRenewal.PerLease;
        options.Retrieval.Mode = _plan.FansOut ? RetrievalMode.EnhancedFanOut : RetrievalMode.Polling;
        _fleet = await ConsumerHarness.StartAsync(
            _kinesis, options, _ => new SimulatedHandler(_oracle, _trace, _clock, _mood), _plan.Workers,
            new() { Seed = _plan.Seed, Leases = _leases, Settle = SingleThread.QuietAsync });
        await SingleThread.QuietAsync();
        var settings = new KinesisProducerOptions { StreamName = StreamName, KeepKeyOrder = true };
        settings.Aggregation.Enabled = _plan.Aggregates;
        var producer = SeededProducer.Create(settings, _mutant.OfProducer(_kinesis), _clock, _plan.Seed);
        await DisturbAsync(producer);
        await RecoverAsync();
        var stopping = producer.DisposeAsync().AsTask();
        await _fleet.UntilAsync(() => stopping.IsCompleted, "the producer to stop");
        await stopping;
        CheckSettled();
        await _fleet.CaughtUpAsync();
        _oracle.CheckRanges(_hadReshard);
        _oracle.CheckComplete();
        await _fleet.DisposeAsync();
        await SingleThread.QuietAsync();
        if (_clock.ArmedTimers > 0)
            _oracle.Break($"leak: {_clock.ArmedTimers} timers are armed after everything was stopped: {string.Join("; ", _clock.DescribeArmed())}");
    }

    private async Task DisturbAsync(KinesisProducer producer)
    {
        var next = 0;
        for (var step = 0; step < _plan.Steps && _oracle.Violation is null; step++)
        {
            for (; next < _plan.Events.Count && _plan.Events[next].Step == step; next++)
                await ApplyAsync(_plan.Events[next]);
            var random = new Random(unchecked((_plan.Seed * 31) + step));
            for (var i = random.Next(6); i > 0; i--)
                await PutAsync(producer, $"key-{random.Next(12)}");
            await SingleThread.QuietAsync();
            await _fleet.AdvanceAsync(TimeSpan.FromTicks(random.NextInt64(LongestStep.Ticks)));
        }
    }

    private async Task PutAsync(KinesisProducer producer, string key)
    {
        var id = ++_records;
        var pending = await producer.EnqueueAsync(key, Oracle.DataOf(id));
        _deliveries.Add(TrackAsync());

        async Task TrackAsync()
        {
            var receipt = await pending.Delivery;
            _oracle.Acknowledge(id);
            _trace.Add($"stored {id} {receipt.ShardId} {receipt.SequenceNumber} attempts {receipt.Attempts.Count}");
        }
    }

    /// <summary>Ends everything that disturbs; when the dead are forgotten and two lease periods have passed, every shard must be owned.</summary>
    private async Task RecoverAsync()
    {
        _trace.Add("recover");
        _kinesis.Faults.Clear();
        _leases.FailRandomly(0);
        _mood.FailureShare = 0;
        for (var worker = 0; worker < _fleet.Workers; worker++)
        {
            _fleet.Thaw(worker);
            _fleet.Heal(worker);
            _fleet.SkewClock(worker, TimeSpan.Zero);
        }

        if (!_fleet.Fleet.Any(static worker => worker.IsRunning))
            _fleet.AddWorker();
        await _fleet.AdvanceAsync(ReportLimit + (LeaseDuration * 2));
        var table = await _leases.Inner.ReadTableAsync();
        var living = _fleet.Fleet.Where(static worker => worker.IsRunning).Select(static worker => worker.Consumer.WorkerId).ToHashSet(StringComparer.Ordinal);
        _oracle.CheckCoverage(table.Leases, living);
    }

    /// <summary>Every enqueue has settled, once: a task cannot settle twice.</summary>
    private void CheckSettled()
    {
        foreach (var delivery in _deliveries)
        {
            if (!delivery.IsCompleted)
                _oracle.Break("settling: a record has no outcome after its producer was stopped");
        }
    }

    private async Task ApplyAsync(Event happening)
    {
        _trace.Add($"event {happening}");
        var worker = _fleet.Workers == 0 ? 0 : happening.Number % _fleet.Workers;
        switch (happening.Kind)
        {
            case Disturbance.Crash:
                await _fleet.CrashAsync(worker);
                break;
            case Disturbance.StopWorker when _fleet.Fleet[worker].IsRunning && !_fleet.Fleet[worker].Link.IsFrozen:
                await _fleet.Fleet[worker].CancelAsync();
                break;
            case Disturbance.AddWorker when _fleet.Workers < MostWorkers:
                // A worker whose very first report fails ends with that error, and its operator starts it again.
                _leases.FailRandomly(0);
                _fleet.AddWorker();
                await SingleThread.QuietAsync();
                break;
            case Disturbance.Freeze:
                _fleet.Freeze(worker);
                break;
            case Disturbance.Thaw:
                _fleet.Thaw(worker);
                break;
            case Disturbance.Partition:
                _fleet.Partition(worker);
                break;
            case Disturbance.Heal:
                _fleet.Heal(worker);
                break;
            case Disturbance.SkewWorker:
                _fleet.SkewClock(worker, TimeSpan.FromSeconds(happening.Number - 500));
                break;
            case Disturbance.JumpClock:
                _clock.JumpWallClock(TimeSpan.FromSeconds(happening.Number / 10));
                break;
            case Disturbance.FailHandlers:
                _mood.FailureShare = happening.Number % 3 == 0 ? 0 : 0.3;
                break;
            case Disturbance.FailStore:
                _leases.FailRandomly(happening.Number % 3 == 0 ? 0 : 0.1);
                break;
            case Disturbance.LoseStoreAnswers:
                _leases.FailRandomly(0, happening.Number % 3 == 0 ? 0 : 0.1);
                break;
            case Disturbance.Split or Disturbance.Merge or Disturbance.Update:
                Reshard(happening);
                break;
            default:
                InjectFault(happening);
                break;
        }
    }

    private void InjectFault(Event happening)
    {
        var times = 1 + (happening.Number % 5);
        var (target, fault) = happening.Kind switch
        {
            Disturbance.ThrottlePuts => (LocalOperation.PutRecords, Fault.SomeThrottledEntries(1 + (happening.Number % 7))),
            Disturbance.LoseAnswer => (LocalOperation.PutRecords, Fault.LostAnswer),
            Disturbance.StaleListing => (LocalOperation.ListShards, Fault.StaleListing(TimeSpan.FromSeconds(5))),
            Disturbance.CutSubscriptions => (LocalOperation.SubscribeToShard, Fault.CutSubscription(happening.Number % 3)),
            Disturbance.ExpireIterators => (LocalOperation.GetRecords, Fault.ExpiredIterator),
            _ => (LocalOperation.Any, Fault.InternalFailure),
        };
        _kinesis.Faults.Next(target, fault, times);
    }

    private void Reshard(Event happening)
    {
        var stream = _kinesis.Stream(StreamName);
        var ids = stream.ShardIds;
        try
        {
            if (happening.Kind == Disturbance.Split && ids.Count < 8)
                stream.Split(ids[happening.Number % ids.Count]);
            else if (happening.Kind == Disturbance.Merge && ids.Count > 1)
                stream.Merge(ids[happening.Number % (ids.Count - 1)], ids[(happening.Number % (ids.Count - 1)) + 1]);
            else if (happening.Kind == Disturbance.Update)
                stream.UpdateShardCount(Math.Clamp(happening.Number % (2 * ids.Count) + 1, (ids.Count + 1) / 2, Math.Min(8, 2 * ids.Count)));
            else
                return;
            _hadReshard = true;
        }
        catch (KinesisApiException refusal) when (refusal.Code is "InvalidArgumentException" or "LimitExceededException")
        {
            _trace.Add($"refused {refusal.Code}");
        }
    }
}
