using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>
/// Our workers and models of KCL 3.5 workers on one table, with an oracle that looks at every step: no shard is delivered by two workers at once, no record is
/// skipped, no row's history is broken, no shard stays unread for longer than the leader's kind explains.
/// </summary>
internal sealed class MixedFleet : IAsyncDisposable
{
    private const double Step = 0.25;

    private readonly Dictionary<string, (KclWorker Worker, FaultyLeaseStore Store)> _kcl = [];
    private readonly HashSet<string> _ours = [];
    private readonly Dictionary<string, double> _unread = [];
    private readonly Dictionary<string, double> _overlap = [];
    private readonly ShardLog _log;
    private readonly DeliveryModel _delivery;
    private readonly WatchedStore _store;
    private readonly bool _isByThroughput;

    public MixedFleet(int shards, bool isByThroughput = false)
    {
        _isByThroughput = isByThroughput;
        _log = new(isUneven: isByThroughput);
        Ours = new();
        _store = new(Ours.Store, Ours.Time);
        Ours.View = _store;
        Ours.Api.Create(shards);
        _delivery = new(Ours, _log, Step, _log.KiBpsOf);
    }

    public TestFleet Ours { get; }

    public IReadOnlyCollection<string> OurNames => _ours;

    public IReadOnlyCollection<string> KclNames => _kcl.Keys;

    public long Repeated => _log.Repeated;

    public int Writes => _store.Writes;

    /// <summary>The longest that a shard was unread, in seconds.</summary>
    public double LongestUnread { get; private set; }

    /// <summary>
    /// The longest, in seconds, that a model worker delivered from a lease that it had found but not proven beside the worker that had it: KCL's own weakness, no rule of ours.
    /// </summary>
    public double LongestKclOverlap { get; private set; }

    public void StartOurs(string name, Action<LeaseOptions>? configure = null)
    {
        _ours.Add(name);
        Ours.Start(name, configure);
    }

    public void StartKcl(string name)
    {
        var store = new FaultyLeaseStore(_store);
        _kcl.Add(name, (new(name, store, Ours.Time, _log, Ours.Api, _isByThroughput), store));
    }

    /// <summary>Closed shards that nobody has read to their end.</summary>
    public IEnumerable<string> Unfinished => _log.Unfinished;

    public double KiBpsOf(string shardId) => _log.KiBpsOf(shardId);

    public void Split(string shardId) => _log.Close([shardId], Ours.Api.Split(shardId));

    public void Merge(string left, string right) => _log.Close([left, right], [Ours.Api.Merge(left, right)]);

    public void Crash(string name)
    {
        if (_kcl.Remove(name, out var kcl))
            kcl.Worker.Dispose();
        else if (_ours.Remove(name))
            Ours.Crash(name);
    }

    /// <summary>A graceful stop.</summary>
    public void Leave(string name)
    {
        if (_kcl.TryGetValue(name, out var kcl))
        {
            kcl.Worker.Leave();
            return;
        }

        _ours.Remove(name);
        _delivery.Leave(name);
    }

    /// <summary>Cuts a worker off its table, or connects it again.</summary>
    public void CutOff(string name, bool isCutOff)
    {
        Func<string, object?, StoreFault> fault = isCutOff ? static (_, _) => StoreFault.Refuse : static (_, _) => StoreFault.None;
        if (_kcl.TryGetValue(name, out var kcl))
            kcl.Store.Fault = fault;
        else if (_ours.Contains(name))
            Ours.StoreOf(name).Fault = fault;
    }

    public string? Leader => Sync.Of(Ours.Store.ReadLeaderLockAsync())?.Owner;

    /// <summary>How many leases a worker delivers from.</summary>
    public int Held(string name) => _kcl.TryGetValue(name, out var kcl) ? kcl.Worker.Delivering.Count() : Ours[name].Owned.Values.Count(lease => lease.IsHeld && !lease.Checkpoint.IsShardEnd);

    public async Task RunAsync(double seconds)
    {
        for (var passed = 0.0; passed < seconds; passed += Step)
        {
            await _delivery.StepAsync();
            foreach (var (name, kcl) in _kcl.ToList())
            {
                kcl.Worker.Deliver();
                if (kcl.Worker.IsGone)
                    Crash(name);
            }

            Look();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var kcl in _kcl.Values)
            kcl.Worker.Dispose();
        await Ours.DisposeAsync();
    }

    private void Look()
    {
        // A finished lease moves without a hand-over: there is nothing to deliver.
        var delivered = Ours.HeldLeases().Where(lease => !lease.Checkpoint.IsShardEnd).Select(lease => (Key: lease.LeaseKey, Worker: "ours"))
            .Concat(_kcl.SelectMany(entry => entry.Value.Worker.Delivering.Select(key => (Key: key, Worker: entry.Key)))).ToList();
        var unproven = _kcl.Values.SelectMany(kcl => kcl.Worker.Unproven).ToHashSet();
        var overlaps = delivered.GroupBy(entry => entry.Key).Where(group => group.Count() > 1).ToList();
        foreach (var over in _overlap.Keys.Except(overlaps.Select(twice => twice.Key)).ToList())
            _overlap.Remove(over);
        foreach (var twice in overlaps)
        {
            if (unproven.Contains(twice.Key))
            {
                _overlap[twice.Key] = _overlap.GetValueOrDefault(twice.Key) + Step;
                LongestKclOverlap = Math.Max(LongestKclOverlap, _overlap[twice.Key]);
                continue;
            }

            Assert.Fail(
                $"{Ours.Time.GetElapsedTime(0)}: {twice.Key} is delivered by {string.Join(" and ", twice.Select(entry => entry.Worker))}, led by {Leader}\n{_store.HistoryOf(twice.Key)}");
        }

        var keys = delivered.Select(entry => entry.Key).ToHashSet();
        var isManned = _ours.Count + _kcl.Count > 0;
        foreach (var shard in Ours.Api.OpenIds)
        {
            var unread = keys.Contains(shard) || !isManned || !_log.HasReadParents(shard) ? 0 : _unread.GetValueOrDefault(shard) + Step;
            _unread[shard] = unread;
            LongestUnread = Math.Max(LongestUnread, unread);
        }
    }
}
