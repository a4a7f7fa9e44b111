using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Local;
using KinesisClientNet.Testing;
using KinesisClientNet.Testing.Clocks;
using KinesisClientNet.Testing.Leasing;

namespace KinesisClientNet.Simulation;

/// <summary>
/// One fleet from its start to its end by a plan: producers, workers, the service and the lease store on one clock and one thread.
/// </summary>
internal sealed class SimulationRun
{
    private const string StreamName = "simulated";
    private const int PoisonEvery = 29;
    private static readonly TimeSpan LongestStep = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CoverageLook = TimeSpan.FromSeconds(1);

    private readonly SimulationPlan _plan;
    private readonly SteppedTimeProvider _clock = new();
    private readonly LocalKinesis _kinesis;
    private readonly LocalStream _stream;
    private readonly LateStore _store;
    private readonly FaultyLeaseStore _leases;
    private readonly Oracle _oracle;
    private readonly Trace _trace;
    private readonly HandlerMood _mood;
    private readonly Mutant _mutant;
    private readonly bool _withLogs;
    private ConsumerHarness _fleet = null!;
    private Disturber _disturber = null!;
    private SimulatedProducers _producers = null!;
    private readonly KinesisConsumerOptions _options;
    private readonly LeaseTiming _timing;
    private Coverage? _coverage;

    private SimulationRun(SimulationPlan plan, Mutant mutant, bool withLogs)
    {
        (_plan, _mutant, _withLogs) = (plan, mutant, withLogs);
        _kinesis = new LocalKinesis(_clock, new() { Seed = plan.Seed, SequenceGaps = true }).AddStream(StreamName, plan.Fleet.Shards);
        _stream = _kinesis.Stream(StreamName);
        _trace = new(_clock);
        _mood = new(plan.Seed, plan.Fleet.DeadLetters ? PoisonEvery : 0);
        _oracle = new(_stream, _trace);
        _store = new(mutant.OfStore(new InMemoryLeaseStore()), _clock, plan.Seed, _trace, _oracle.Written);
        _leases = new(_store, plan.Seed);
        _options = Options();
        _timing = new(LeaseDuration, _options.Leases.Renewal);
        _kinesis.Faults.Met += (call, fault) => _trace.Add($"fault {call.Operation} {fault}");
    }

    public static async Task<SimulationResult> ExecuteAsync(SimulationPlan plan, Mutant? mutant = null, bool withLogs = false)
    {
        var run = new SimulationRun(plan, mutant ?? Mutant.None, withLogs);
        try
        {
            await run.LiveAsync();
        }
        catch (Exception error)
        {
            run._oracle.Break($"the run failed: {error.GetType().Name}: {error.Message}");
        }

        return new(plan.Seed, run._oracle.Violation, run.FaultsByKind(), run._producers?.Records ?? 0, run._oracle.DeadLetters, run._coverage?.UncoveredFor ?? default, run._coverage?.ShareOfLimit ?? 0, run._trace);
    }

    private async Task LiveAsync()
    {
        _fleet = await ConsumerHarness.StartAsync(
            _kinesis, _options, shard => new SimulatedHandler(_oracle, _trace, ClockOf(shard), _mood), _plan.Fleet.Workers,
            new() { Seed = _plan.Seed, Leases = _leases, Settle = SingleThread.QuietAsync, LoggerFactory = _withLogs ? new TraceLogs(_trace) : null });
        _oracle.IsStill = workerId => _fleet.Fleet.First(worker => worker.Consumer.WorkerId == workerId).Link is { IsDead: true } or { IsFrozen: true };
        _disturber = new(_fleet, _kinesis, _clock, _store, _mood, _trace);
        await SingleThread.QuietAsync();
        _producers = new(_plan, StreamName, _mutant.OfProducer(_kinesis), _clock, _oracle, _trace);
        await DisturbAsync();
        await RecoverAsync();
        var stopping = _producers.StopAsync();
        await _fleet.UntilAsync(() => stopping.IsCompleted, "the producers to stop");
        await stopping;
        _producers.CheckStopped();
        await _fleet.CaughtUpAsync();
        _oracle.CheckComplete(_producers.Records, _disturber.HadReshard);
        await _fleet.DisposeAsync();
        await SingleThread.QuietAsync();
        CheckNothingLeft();
    }

    private KinesisConsumerOptions Options()
    {
        var options = new KinesisConsumerOptions { StreamName = StreamName, ApplicationName = "simulation", Leases = { Duration = LeaseDuration } };
        options.Retrieval.Mode = _plan.Fleet.FansOut ? RetrievalMode.EnhancedFanOut : RetrievalMode.Polling;
        options.Leases.Renewal = _plan.Fleet.RenewsPerWorker ? LeaseRenewal.PerWorker : LeaseRenewal.PerLease;
        options.Processing.Concurrency = _plan.Fleet.Lanes;
        if (_plan.Fleet.DeadLetters)
            (options.Failure.Action, options.Failure.MaxAttempts, options.Failure.DeadLetters) = (FailureAction.DeadLetter, 3, new SimulatedDeadLetters(_oracle, _trace, _mood));
        return options;
    }

    private WorkerClock ClockOf(ShardContext shard) => _fleet.Fleet.First(worker => worker.Consumer.WorkerId == shard.WorkerId).Clock;

    private async Task DisturbAsync()
    {
        var next = 0;
        for (var step = 0; step < _plan.Steps && _oracle.Violation is null; step++)
        {
            for (; next < _plan.Events.Count && _plan.Events[next].Step == step; next++)
                await _disturber.ApplyAsync(_plan.Events[next]);
            await _disturber.DeployAsync();
            var random = new Random(unchecked((_plan.Seed * 31) + step));
            for (var i = random.Next(6); i > 0; i--)
                await _producers.PutAsync(random);
            await SingleThread.QuietAsync();
            await _fleet.AdvanceAsync(TimeSpan.FromTicks(random.NextInt64(LongestStep.Ticks)));
        }
    }

    /// <summary>
    /// Ends everything that disturbs; what is stopping may stop, and late writes may arrive. Then living owners cover every shard within the times of
    /// <see cref="CoverageLimits"/>: two lease periods, unless a worker died.
    /// </summary>
    private async Task RecoverAsync()
    {
        _trace.Add("recover");
        _disturber.End();
        if (!_fleet.Fleet.Any(static worker => worker.IsRunning))
            _fleet.AddWorker();
        await SingleThread.QuietAsync();
        await _fleet.UntilAsync(() => !_fleet.Fleet.Any(static worker => worker.IsStopping), "workers to stop that were told to");
        await _fleet.UntilAsync(() => _store.Pending == 0, "late writes of the lease store to be applied: until then they disturb");
        var seat = await _leases.Inner.ReadLeaderLockAsync();
        var limits = CoverageLimits.Of(await _leases.Inner.ReadTableAsync(), seat, Living, _timing, _options.Leases.HandoverTimeout);
        _trace.Add($"owners within {limits.FirstGap}, at the latest {limits.Until}");
        _coverage = new(limits, CoverageLook);
        var start = _clock.Elapsed;
        while (_clock.Elapsed - start < limits.Until + LeaseDuration && _oracle.Violation is null)
        {
            await _fleet.AdvanceAsync(CoverageLook);
            if (_oracle.JudgeCoverage(_coverage, (await _leases.Inner.ReadTableAsync()).Leases, Living, _clock.Elapsed - start) is { } wrong)
                _oracle.Break($"coverage: {wrong}");
        }
    }

    private HashSet<string> Living =>
        _fleet.Fleet.Where(static worker => worker.IsRunning).Select(static worker => worker.Consumer.WorkerId).ToHashSet(StringComparer.Ordinal);

    /// <summary>No task, no timer and no buffer outlives the fleet.</summary>
    private void CheckNothingLeft()
    {
        if (_clock.ArmedTimers > 0)
            _oracle.Break($"leak: {_clock.ArmedTimers} timers are armed after everything was stopped: {string.Join("; ", _clock.DescribeArmed())}");
        foreach (var worker in _fleet.Fleet)
        {
            if (worker.Link.Inside != 0 || !worker.Running.IsCompleted)
                _oracle.Break($"leak: {worker.Consumer.WorkerId} was stopped and {worker.Link.Inside} of its calls are under way");
            if (worker.Reads.AboveLimit > 0)
                _oracle.Break($"read rate: {worker.Consumer.WorkerId} made {worker.Reads.AboveLimit} reads above 5 calls or 2 MiB a second of a shard");
            if (worker.HeldBytes != 0)
                _oracle.Break($"leak: {worker.Consumer.WorkerId} was stopped and holds {worker.HeldBytes} bytes of records");
        }
    }

    private Dictionary<string, long> FaultsByKind()
    {
        var counts = (_disturber?.Counts ?? []).ToDictionary(static entry => entry.Key.ToString(), static entry => entry.Value, StringComparer.Ordinal);
        foreach (var (kind, count) in _kinesis.Faults.Counts)
            counts[$"Kinesis.{kind}"] = count;
        counts["LeaseStore.Failure"] = _leases.Failures;
        counts["LeaseStore.LateWrite"] = _store.Late;
        counts["Handler.Failure"] = _mood.Failures;
        counts["DeadLetterSink.Failure"] = _mood.DeadLetterFailures;
        return counts;
    }
}
