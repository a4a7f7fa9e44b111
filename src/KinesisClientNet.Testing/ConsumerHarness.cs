using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;
using KinesisClientNet.Testing.Clocks;
using KinesisClientNet.Testing.Fleet;
using KinesisClientNet.Testing.Leasing;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Testing;

/// <summary>
/// A fleet of consumers in this process, against a <see cref="LocalKinesis"/> and a lease store in memory, on a clock that the harness moves: crash
/// workers, freeze them, cut them off, split shards, and wait until the fleet has caught up. Minutes of the fleet's time take milliseconds.
/// </summary>
/// <remarks>Its methods are called by one test at a time. The clock is the one that the <see cref="LocalKinesis"/> was made with: a
/// <see cref="SteppedTimeProvider"/> or a <c>FakeTimeProvider</c>.</remarks>
public sealed class ConsumerHarness : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly LocalKinesis _kinesis;
    private readonly KinesisConsumerOptions _options;
    private readonly Func<ShardContext, IShardProcessor> _processors;
    private readonly ILoggerFactory? _loggerFactory;
    private readonly List<FleetWorker> _workers = [];
    private readonly HandledPositions _handled = new();
    private readonly Dictionary<string, SequenceNumber> _before = new(StringComparer.Ordinal);
    private readonly FleetDriver _driver;
    private readonly int _seed;

    private ConsumerHarness(
        LocalKinesis kinesis, KinesisConsumerOptions options, Func<ShardContext, IShardProcessor> processors, ConsumerHarnessOptions harness)
    {
        (_kinesis, _options, _processors, _loggerFactory, _seed) = (kinesis, options, processors, harness.LoggerFactory, harness.Seed);
        Leases = harness.Leases ?? new FaultyLeaseStore(seed: harness.Seed);
        Stream = kinesis.Stream(options.StreamArn ?? options.StreamName ?? throw new ArgumentException("KinesisConsumerOptions.StreamName is not set."));
        _driver = new(kinesis.Clock, () => (_workers.Sum(static worker => worker.Link.Passes), _workers.Sum(static worker => worker.Link.Inside)), harness.Settle);
        if (options.StartFrom == StartingPositionType.TrimHorizon)
            return;
        foreach (var shard in Stream.ListShards())
        {
            if (Stream.Records(shard.ShardId) is { Count: > 0 } records)
                _before[shard.ShardId] = records[^1].SequenceNumber;
        }
    }

    /// <summary>The stream that the fleet reads.</summary>
    public LocalStream Stream { get; }

    /// <summary>The fleet's lease store; let it fail here.</summary>
    public FaultyLeaseStore Leases { get; }

    /// <summary>How many workers were ever started, those that stopped or crashed included.</summary>
    public int Workers => _workers.Count;

    /// <summary>Starts a fleet.</summary>
    /// <param name="kinesis">The service, on a clock that can be moved.</param>
    /// <param name="options">The consumers' settings; each worker gets a copy with its own <see cref="KinesisConsumerOptions.WorkerId"/>.</param>
    /// <param name="processors">Makes the application's object for a shard; called by all workers.</param>
    /// <param name="workers">How many workers, 0 or more.</param>
    /// <param name="harness">Settings of the harness; null for the defaults.</param>
    /// <returns>The running fleet.</returns>
    /// <exception cref="ArgumentException">A setting of the consumers is wrong; the message lists each one.</exception>
    public static Task<ConsumerHarness> StartAsync(
        LocalKinesis kinesis, KinesisConsumerOptions options, Func<ShardContext, IShardProcessor> processors, int workers = 1,
        ConsumerHarnessOptions? harness = null)
    {
        ArgumentNullException.ThrowIfNull(kinesis);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(processors);
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        var fleet = new ConsumerHarness(kinesis, options.CopyChecked(), processors, harness ?? new());
        for (var i = 0; i < workers; i++)
            fleet.AddWorker();
        return Task.FromResult(fleet);
    }

    /// <summary>Starts one more worker.</summary>
    /// <returns>Its number, from 0.</returns>
    public int AddWorker()
    {
        var number = _workers.Count;
        var clock = new WorkerClock(_kinesis.Clock);
        var (link, reads) = (new WorkerLink(clock), new ReadWatch(_kinesis.Clock));
        var options = _options.CopyChecked();
        options.WorkerId = $"worker-{number}";
        var consumer = new KinesisConsumer(
            options, shard => new WatchedProcessor(_processors(shard), link, _handled), new LinkedKinesisApi(_kinesis, link, reads),
            new LinkedLeaseStore(Leases, link), _loggerFactory, clock, new Random(HashCodeOf(_seed, number)));
        var stop = new CancellationTokenSource();
        _workers.Add(new(consumer, link, clock, reads, stop, consumer.RunAsync(stop.Token)));
        return number;
    }

    internal IReadOnlyList<FleetWorker> Fleet => _workers;

    /// <summary>A worker's consumer: for its <see cref="KinesisConsumer.Shards"/> and its pauses.</summary>
    /// <param name="worker">The worker's number.</param>
    /// <returns>The consumer.</returns>
    public KinesisConsumer Consumer(int worker) => _workers[worker].Consumer;

    /// <summary>Stops a worker in good order: its handlers finish, it checkpoints and gives its leases up.</summary>
    /// <param name="worker">The worker's number.</param>
    /// <returns>A task that ends when it has stopped.</returns>
    public async Task StopAsync(int worker)
    {
        await _workers[worker].CancelAsync().ConfigureAwait(false);
        await UntilAsync(() => _workers[worker].Running.IsCompleted, $"worker-{worker} to stop").ConfigureAwait(false);
        await _workers[worker].Running.ConfigureAwait(false);
    }

    /// <summary>Kills a worker: no release, no goodbye. Its leases expire; what its handlers still do reaches nobody.</summary>
    /// <param name="worker">The worker's number.</param>
    /// <returns>A task that ends at once.</returns>
    public async Task CrashAsync(int worker)
    {
        _workers[worker].Link.Kill();
        await _workers[worker].CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Lets a worker's process stand still: its timers do not fire, its calls wait, while the clock goes on for the others.</summary>
    /// <param name="worker">The worker's number.</param>
    public void Freeze(int worker) => _workers[worker].Link.Freeze();

    /// <summary>Lets a frozen worker go on. Everything that came due meanwhile happens at once.</summary>
    /// <param name="worker">The worker's number.</param>
    public void Thaw(int worker) => _workers[worker].Link.Thaw();

    /// <summary>Cuts a worker off: its calls to Kinesis and to the lease store fail; it runs on.</summary>
    /// <param name="worker">The worker's number.</param>
    public void Partition(int worker) => _workers[worker].Link.Cut();

    /// <summary>Ends a worker's partition.</summary>
    /// <param name="worker">The worker's number.</param>
    public void Heal(int worker) => _workers[worker].Link.Heal();

    /// <summary>Sets a worker's wall clock wrong.</summary>
    /// <param name="worker">The worker's number.</param>
    /// <param name="skew">How far it is ahead; negative for behind.</param>
    public void SkewClock(int worker, TimeSpan skew) => _workers[worker].Clock.Skew = skew;

    /// <summary>Lets time pass, in small steps, so that the fleet works as it would.</summary>
    /// <param name="time">How long on the fleet's clock.</param>
    /// <returns>A task that ends when the time has passed.</returns>
    public Task AdvanceAsync(TimeSpan time) => _driver.AdvanceAsync(time);

    /// <summary>Lets time pass until a condition holds.</summary>
    /// <param name="condition">Asked whenever the fleet is quiet.</param>
    /// <param name="waitingFor">What is waited for, for the message.</param>
    /// <param name="limit">How long at most, on the fleet's clock; null for 30 minutes.</param>
    /// <returns>A task that ends when it holds.</returns>
    /// <exception cref="TimeoutException">It did not hold within the limit; the message says what every worker does.</exception>
    public Task UntilAsync(Func<bool> condition, string waitingFor, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return UntilAsync(() => new ValueTask<bool>(condition()), () => $"still waiting for {waitingFor}. {Describe()}", limit);
    }

    /// <summary>Lets time pass until every unfinished lease has a living owner and no worker has two more than another.</summary>
    /// <returns>A task that ends then.</returns>
    /// <exception cref="TimeoutException">It did not happen in 30 minutes of the fleet's clock.</exception>
    public Task LeasesBalancedAsync() => UntilAsync(IsBalancedAsync, () => $"the leases are not balanced. {Describe()}");

    /// <summary>
    /// Lets time pass until everything in the stream is handled and checkpointed, and every closed shard is finished. With manual checkpoints,
    /// until everything is handled.
    /// </summary>
    /// <returns>A task that ends then.</returns>
    /// <exception cref="TimeoutException">It did not happen in 30 minutes of the fleet's clock.</exception>
    public Task CaughtUpAsync() => UntilAsync(IsCaughtUpAsync, () => $"the fleet has not caught up. {Describe()}");

    /// <summary>Stops every worker that still runs.</summary>
    /// <returns>A task that ends when all have stopped.</returns>
    /// <exception cref="InvalidOperationException">A worker read a shard more often than the service and its own settings allow: a defect of the consumer.</exception>
    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            worker.Link.Heal();
            worker.Link.Thaw();
            await worker.CancelAsync().ConfigureAwait(false);
        }

        await _driver.UntilAsync(
            () => new(_workers.All(static worker => worker.Running.IsCompleted)), () => $"workers do not stop. {Describe()}", Patience).ConfigureAwait(false);
        foreach (var worker in _workers)
            await worker.DisposeAsync().ConfigureAwait(false);
        if (ReadsAboveLimit > 0 && _options.Retrieval.Polling is { MaxReadsPerSecond: <= 5, MaxBytesPerSecond: <= 2 * 1024 * 1024 })
            throw new InvalidOperationException($"{ReadsAboveLimit} reads were above the 5 calls or 2 MiB a second that the service allows each shard.");
    }

    /// <summary>Reads that the service would have refused to a worker, each worker taken alone.</summary>
    internal int ReadsAboveLimit => _workers.Sum(static worker => worker.Reads.AboveLimit);

    private Task UntilAsync(Func<ValueTask<bool>> reached, Func<string> waitingFor, TimeSpan? limit = null) => _driver.UntilAsync(
        () =>
        {
            // A worker that ended by itself ended with an error: the test should see that one, not a timeout.
            foreach (var worker in _workers)
            {
                if (worker.Running.IsFaulted && !worker.Link.IsDead)
                    worker.Running.GetAwaiter().GetResult();
            }

            return reached();
        },
        waitingFor,
        limit ?? Patience);

    private async ValueTask<bool> IsBalancedAsync()
    {
        var table = await Leases.Inner.ReadTableAsync().ConfigureAwait(false);
        var unfinished = table.Leases.Where(static lease => !lease.IsFinished).ToArray();
        var living = _workers.Where(static worker => worker.IsRunning && !worker.Link.IsDead && !worker.Link.IsFrozen).ToArray();
        if (unfinished.Length == 0 || living.Length == 0 || unfinished.Any(static lease => lease.IsHandingOver))
            return false;
        var counts = living.Select(worker => unfinished.Count(lease => lease.Owner == worker.Consumer.WorkerId)).ToArray();
        return counts.Sum() == unfinished.Length && counts.Max() - counts.Min() <= 1 &&
            unfinished.All(lease => living.Any(worker => worker.Consumer.WorkerId == lease.Owner && worker.Consumer.Shards.Any(shard => shard.ShardId == lease.ShardId)));
    }

    private async ValueTask<bool> IsCaughtUpAsync()
    {
        var leases = (await Leases.Inner.ReadTableAsync().ConfigureAwait(false)).Leases.ToDictionary(static lease => lease.ShardId, StringComparer.Ordinal);
        var shards = Stream.ListShards();
        return leases.Count > 0 && shards.All(shard => IsCaughtUp(shard, leases.GetValueOrDefault(shard.ShardId)));
    }

    private bool IsCaughtUp(Shard shard, Lease? lease)
    {
        if (lease?.IsFinished == true)
            return true;

        // Its lease is cleaned away once its children are being read, which are looked at too; before, it must be there and finished.
        if (!shard.IsOpen)
            return lease is null;
        if (lease is null)
            return false;
        if (Stream.Records(shard.ShardId) is not { Count: > 0 } records || _before.GetValueOrDefault(shard.ShardId) >= records[^1].SequenceNumber)
            return true;
        var handled = _handled.Farthest(shard.ShardId);
        var done = _options.Checkpoint.Mode == CheckpointMode.Manual ? handled ?? ExtendedSequenceNumber.TrimHorizon : lease.Checkpoint;
        return done.IsNumber && done >= LastPositions.Of(records[^1]) && (handled is null || done >= handled);
    }

    private string Describe() => string.Join("; ", _workers.Select((worker, number) =>
        $"worker-{number} {State(worker)}: {string.Join(", ", worker.Consumer.Shards.Select(static shard => shard.ToString()))}"));

    private static string State(FleetWorker worker) =>
        worker.Link.IsDead ? "crashed" : worker.Link.IsFrozen ? "frozen" : worker.Link.IsCut ? "cut off" : worker.IsRunning ? "runs" : "stopped";

    /// <summary>A seed for each worker that is the same in every run, unlike <see cref="HashCode"/>.</summary>
    private static int HashCodeOf(int seed, int number) => unchecked((seed * 486_187_739) + (number * 16_777_619) + 1);
}
