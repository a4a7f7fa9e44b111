using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Testing;
using KinesisClientNet.Testing.Clocks;
using KinesisClientNet.Testing.Fleet;

namespace KinesisClientNet.Simulation;

/// <summary>Does to a fleet what the plan says.</summary>
internal sealed class Disturber(ConsumerHarness fleet, LocalKinesis kinesis, SteppedTimeProvider clock, LateStore store, HandlerMood mood, Trace trace)
{
    private const int MostWorkers = 8;
    private const int MostShards = 8;

    private readonly Queue<FleetWorker> _toReplace = [];
    private FleetWorker? _stopping;

    public bool HadReshard { get; private set; }

    /// <summary>How often each kind happened; what could not happen (no worker to thaw) is not counted.</summary>
    public Dictionary<Disturbance, long> Counts { get; } = [];

    public async Task ApplyAsync(Event happening)
    {
        trace.Add($"event {happening}");
        if (await TryApplyAsync(happening))
            Counts[happening.Kind] = Counts.GetValueOrDefault(happening.Kind) + 1;
        else
            trace.Add("event has nobody to happen to");
    }

    /// <summary>Goes on with a rolling deployment: the next worker is replaced when the one before has stopped.</summary>
    public async Task DeployAsync()
    {
        if (_stopping is { Running.IsCompleted: false } || !_toReplace.TryDequeue(out _stopping))
            return;
        trace.Add($"deploy replaces {_stopping.Consumer.WorkerId}");
        await _stopping.CancelAsync();
        fleet.AddWorker();
    }

    /// <summary>Ends everything that disturbs.</summary>
    public void End()
    {
        kinesis.Faults.Clear();
        fleet.Leases.FailRandomly(0);
        store.LateShare = 0;
        (mood.FailureShare, mood.DeadLetterFailureShare, mood.SlowCalls) = (0, 0, 0);
        _toReplace.Clear();
        for (var worker = 0; worker < fleet.Workers; worker++)
        {
            fleet.SkewClock(worker, TimeSpan.Zero);
            fleet.Heal(worker);
            fleet.Thaw(worker);
        }
    }

    private async ValueTask<bool> TryApplyAsync(Event happening) => happening.Kind switch
    {
        Disturbance.Split or Disturbance.Merge or Disturbance.Update => TryReshard(happening),
        Disturbance.Crash or Disturbance.StopWorker or Disturbance.AddWorker or Disturbance.Deploy => await TryChangeFleetAsync(happening),
        Disturbance.Freeze => TryDo(Pick(happening, static link => !link.IsFrozen), fleet.Freeze),
        Disturbance.Thaw => TryDo(Pick(happening, static link => link.IsFrozen), fleet.Thaw),
        Disturbance.Partition => TryDo(Pick(happening, static link => !link.IsCut), fleet.Partition),
        Disturbance.Heal => TryDo(Pick(happening, static link => link.IsCut), fleet.Heal),
        Disturbance.SkewWorker => TryDo(Pick(happening, static _ => true), worker => fleet.SkewClock(worker, TimeSpan.FromSeconds(happening.Number - 500))),
        _ => Inject(happening),
    };

    private async ValueTask<bool> TryChangeFleetAsync(Event happening)
    {
        switch (happening.Kind)
        {
            case Disturbance.Crash when Pick(happening, static _ => true) is { } worker:
                await fleet.CrashAsync(worker);
                return true;
            case Disturbance.StopWorker when Pick(happening, static link => !link.IsFrozen) is { } worker:
                await fleet.Fleet[worker].CancelAsync();
                return true;
            case Disturbance.AddWorker when Living < MostWorkers:
                // It starts undisturbed: a worker that cannot prepare its lease store ends with the error, and its operator starts it again.
                fleet.AddWorker();
                await SingleThread.QuietAsync();
                return true;
            case Disturbance.Deploy when _toReplace.Count == 0 && Living > 0:
                foreach (var worker in fleet.Fleet.Where(static worker => worker.IsRunning))
                    _toReplace.Enqueue(worker);
                return true;
            default:
                return false;
        }
    }

    private int Living => fleet.Fleet.Count(static worker => worker.IsRunning);

    /// <summary>One of the running workers that the event can happen to.</summary>
    private int? Pick(Event happening, Func<WorkerLink, bool> suits)
    {
        var suitable = Enumerable.Range(0, fleet.Workers).Where(worker => fleet.Fleet[worker].IsRunning && suits(fleet.Fleet[worker].Link)).ToArray();
        return suitable.Length == 0 ? null : suitable[happening.Number % suitable.Length];
    }

    private static bool TryDo(int? worker, Action<int> action)
    {
        if (worker is { } number)
            action(number);
        return worker is not null;
    }

    private bool Inject(Event happening)
    {
        // One in three ends the disturbance of its kind instead.
        var share = happening.Number % 3 == 0 ? 0 : 1;
        switch (happening.Kind)
        {
            case Disturbance.JumpClock:
                clock.JumpWallClock(TimeSpan.FromSeconds(happening.Number - 500));
                return true;
            case Disturbance.FailHandlers:
                mood.FailureShare = share * 0.3;
                return true;
            case Disturbance.FailDeadLetters:
                mood.DeadLetterFailureShare = share * 0.5;
                return true;
            case Disturbance.FailStore:
                fleet.Leases.FailRandomly(share * 0.1);
                return true;
            case Disturbance.SlowHandlers:
                mood.SlowCalls += 1 + (happening.Number % 3);
                return true;
            case Disturbance.DelayStore:
                store.LateShare = share * 0.1;
                return true;
            case Disturbance.LoseStoreAnswers:
                fleet.Leases.FailRandomly(0, share * 0.1);
                return true;
            default:
                var (target, fault) = FaultOf(happening);
                kinesis.Faults.Next(target, fault, 1 + (happening.Number % 5));
                return true;
        }
    }

    private static (LocalOperation Target, Fault Fault) FaultOf(Event happening) => happening.Kind switch
    {
        Disturbance.ThrottlePuts => (LocalOperation.PutRecords, Fault.SomeThrottledEntries(1 + (happening.Number % 7))),
        Disturbance.FailEntries => (LocalOperation.PutRecords, Fault.FailedEntries(0, 1 + (happening.Number % 7))),
        Disturbance.LoseAnswer => (LocalOperation.PutRecords, Fault.LostAnswer),
        Disturbance.LoseRequest => (LocalOperation.Any, Fault.LostRequest),
        Disturbance.StaleListing => (LocalOperation.ListShards, Fault.StaleListing(TimeSpan.FromSeconds(5))),
        Disturbance.CutSubscriptions => (LocalOperation.SubscribeToShard, Fault.CutSubscription(happening.Number % 3)),
        Disturbance.ExpireIterators => (LocalOperation.GetRecords, Fault.ExpiredIterator),
        Disturbance.ThrottleReads => (LocalOperation.GetRecords, Fault.Throttled),
        Disturbance.DelayAnswers => (LocalOperation.Any, Fault.LateAnswer(TimeSpan.FromMilliseconds(1 + (happening.Number * 3)))),
        _ => (LocalOperation.Any, Fault.InternalFailure),
    };

    private bool TryReshard(Event happening)
    {
        var ids = fleet.Stream.ShardIds;
        try
        {
            if (happening.Kind == Disturbance.Split && ids.Count < MostShards)
                fleet.Stream.Split(ids[happening.Number % ids.Count]);
            else if (happening.Kind == Disturbance.Merge && ids.Count > 1)
                fleet.Stream.Merge(ids[happening.Number % (ids.Count - 1)], ids[(happening.Number % (ids.Count - 1)) + 1]);
            else if (happening.Kind == Disturbance.Update)
                fleet.Stream.UpdateShardCount(Math.Clamp((happening.Number % (2 * ids.Count)) + 1, (ids.Count + 1) / 2, Math.Min(MostShards, 2 * ids.Count)));
            else
                return false;
            return HadReshard = true;
        }
        catch (KinesisApiException refusal) when (refusal.Code is "InvalidArgumentException" or "LimitExceededException")
        {
            trace.Add($"refused {refusal.Code}");
            return false;
        }
    }
}
