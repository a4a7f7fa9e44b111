using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Tests.ShardSync;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>
/// Lease keepers of several workers on one in-memory table under one stepped clock. Everything runs on the test's thread, inside
/// <see cref="Advance"/>: the same test takes the same steps every time.
/// </summary>
public sealed class TestFleet : IAsyncDisposable
{
    private readonly Dictionary<string, Member> _members = [];
    private readonly Func<ILeaseStore, ILeaseStore> _wrap;

    /// <param name="wrap">What all workers' stores go through.</param>
    public TestFleet(Func<ILeaseStore, ILeaseStore>? wrap = null) => _wrap = wrap ?? (static store => store);

    public SteppedClock Time { get; } = new();

    public InMemoryLeaseStore Store { get; } = new();

    /// <summary>What the workers see of the store; the store itself unless a test looks over their shoulders.</summary>
    public ILeaseStore? View { get; set; }

    internal ListedShards Api { get; } = new();

    public LeaseOptions Options { get; } = new();

    internal StartingPosition StartFrom { get; set; } = StartingPosition.TrimHorizon;

    internal LeaseKeeper this[string worker] => _members[worker].Keeper;

    public bool IsStarted(string worker) => _members.ContainsKey(worker);

    public FaultyLeaseStore StoreOf(string worker) => _members[worker].Store;

    public void Start(string worker, Action<LeaseOptions>? configure = null, Func<string, object?, StoreFault>? fault = null)
    {
        var options = new LeaseOptions { Duration = Options.Duration, HandoverTimeout = Options.HandoverTimeout, MaxLeases = Options.MaxLeases, Renewal = Options.Renewal };
        configure?.Invoke(options);
        var store = new FaultyLeaseStore(View ?? _wrap(Store));
        if (fault is not null)
            store.Fault = fault;
        var ids = 0;
        var runtime = new LeaseRuntime(Time, new Random(1), () => $"{worker}-{++ids}", NullLogger.Instance);
        var keeper = new LeaseKeeper(worker, options, [new LeasedStream(new("stream"), StartFrom)], store, Api, runtime);
        var member = new Member(keeper, store);
        member.Run = keeper.RunAsync(member.Draining.Token, member.Aborted.Token);
        _members[worker] = member;
        Advance(0);
    }

    public void Advance(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>Every process stands still and wakes together, as on a suspended machine.</summary>
    public void Freeze(double seconds) => Time.Freeze(TimeSpan.FromSeconds(seconds));

    /// <summary>Advances in small steps until something is true.</summary>
    public TimeSpan AdvanceUntil(Func<bool> condition, double limitSeconds = 120)
    {
        var start = Time.GetElapsedTime(0);
        while (!condition())
        {
            Assert.True(Time.GetElapsedTime(0) - start < TimeSpan.FromSeconds(limitSeconds), $"Not within {limitSeconds} s. {Describe()}");
            Advance(0.1);
        }

        return Time.GetElapsedTime(0) - start;
    }

    /// <summary>The worker is gone without a word: nothing of it runs any more.</summary>
    public void Crash(string worker)
    {
        _members[worker].Store.Fault = static (_, _) => StoreFault.Refuse;
        _members[worker].Aborted.Cancel();
    }

    /// <summary>The worker begins to stop.</summary>
    public void Drain(string worker) => _members[worker].Draining.Cancel();

    public Task Ended(string worker) => _members[worker].Run;

    /// <summary>The worker's end was looked at; it is not asked for again.</summary>
    public void Forget(string worker)
    {
        _members.Remove(worker, out var member);
        member?.Dispose();
    }

    public int Held(string worker) => _members[worker].Keeper.Owned.Values.Count(lease => lease.IsHeld);

    public async Task<LeaseTable> TableAsync() => await Store.ReadTableAsync();

    /// <summary>Does what the processing side does: answers every hand-over at once.</summary>
    public async Task HandOverAsync(string worker)
    {
        foreach (var lease in this[worker].Owned.Values.Where(lease => lease.HandoverRequested.IsCompleted).OrderBy(lease => lease.LeaseKey, StringComparer.Ordinal))
            await this[worker].ReleaseAsync(lease);
    }

    /// <summary>The worker that holds exactly this lease.</summary>
    internal LeaseKeeper KeeperOf(HeldLease lease) =>
        _members.Values.Single(member => member.Keeper.Owned.TryGetValue(lease.LeaseKey, out var held) && ReferenceEquals(held, lease)).Keeper;

    public async Task HandOverAllAsync()
    {
        foreach (var worker in _members.Keys)
            await HandOverAsync(worker);
    }

    /// <summary>Every lease that somebody holds, in the order of their keys: hash tables have another order in each process.</summary>
    internal List<HeldLease> HeldLeases() =>
        [.. _members.Values.SelectMany(member => member.Keeper.Owned.Values).Where(lease => lease.IsHeld).OrderBy(lease => lease.LeaseKey, StringComparer.Ordinal)];

    /// <summary>The keys of every lease that somebody holds.</summary>
    public HashSet<string> HeldByAll() => [.. HeldLeases().Select(lease => lease.LeaseKey)];

    public string? HolderOf(string leaseKey) =>
        _members.FirstOrDefault(member => member.Value.Keeper.Owned.TryGetValue(leaseKey, out var lease) && lease.IsHeld).Key;

    public string? OwnerInTable(string leaseKey)
    {
        var read = Store.ReadLeaseAsync(leaseKey);
        return read.IsCompletedSuccessfully ? read.Result?.Owner : null;
    }

    public async Task AdvanceWithHandoversAsync(double seconds)
    {
        for (var passed = 0.0; passed < seconds; passed += 0.1)
        {
            Advance(0.1);
            foreach (var worker in _members.Keys)
                await HandOverAsync(worker);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members.Values)
        {
            await member.Aborted.CancelAsync();
            await member.Run;
            member.Dispose();
        }
    }

    private string Describe() =>
        string.Join("; ", _members.Select(entry => $"{entry.Key} holds {string.Join(",", entry.Value.Keeper.Owned.Keys)}"));

    private sealed class Member(LeaseKeeper keeper, FaultyLeaseStore store) : IDisposable
    {
        public LeaseKeeper Keeper { get; } = keeper;

        public FaultyLeaseStore Store { get; } = store;

        public CancellationTokenSource Draining { get; } = new();

        public CancellationTokenSource Aborted { get; } = new();

        public Task Run { get; set; } = Task.CompletedTask;

        public void Dispose()
        {
            Draining.Dispose();
            Aborted.Dispose();
        }
    }
}
