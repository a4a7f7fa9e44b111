using System.Runtime.ExceptionServices;
using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Consumer.Processing;
using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KinesisClientNet.Consumer;

/// <summary>
/// Reads a stream together with the other workers of its application: takes leases on shards, follows reshards, hands records to one
/// <see cref="IShardProcessor"/> for each shard, checkpoints. At-least-once: a record is delivered again when its checkpoint was not written. Thread-safe.
/// </summary>
public sealed class KinesisConsumer : IAsyncDisposable
{
    private readonly KinesisConsumerOptions _options;
    private readonly ILogger _logger;
    private readonly WorkerKit _kit;
    private readonly ShardSupervisor _supervisor;
    private readonly KinesisHttpApi? _ownedApi;
    private readonly DynamoDbLeaseStore? _ownedLeases;
    private readonly RecordSources _sources;
    private readonly StreamLookup _lookup;
    private readonly ConsumerInstruments _instruments;
    private readonly CancellationTokenSource _disposing = new();
    private Task? _running;

    /// <summary>Creates a consumer; nothing is called before <see cref="RunAsync"/>.</summary>
    /// <param name="options">The settings; copied and checked here.</param>
    /// <param name="processors">Makes the application's object for a shard; called for every lease that is taken.</param>
    /// <param name="api">The Kinesis client; null builds one from <see cref="KinesisConsumerOptions.Connection"/>, which the consumer owns.</param>
    /// <param name="leases">Where leases are kept; null opens a <see cref="DynamoDbLeaseStore"/> by <see cref="KinesisConsumerOptions.Leases"/>, which the consumer owns.</param>
    /// <param name="loggerFactory">The log; null for none.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message lists each one.</exception>
    public KinesisConsumer(
        KinesisConsumerOptions options, Func<ShardContext, IShardProcessor> processors, IKinesisApi? api = null, ILeaseStore? leases = null,
        ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
        : this(options, processors, api, leases, loggerFactory, timeProvider ?? TimeProvider.System, ProcessIdentity.NewRandom())
    {
    }

    /// <summary>With injected chance: for simulations that repeat.</summary>
    internal KinesisConsumer(
        KinesisConsumerOptions options, Func<ShardContext, IShardProcessor> processors, IKinesisApi? api, ILeaseStore? leases,
        ILoggerFactory? loggerFactory, TimeProvider time, Random random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(processors);
        _options = options.CopyChecked();
        _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<KinesisConsumer>();
        if (api is null)
            api = _ownedApi = new KinesisHttpApi(_options.Connection, loggerFactory, time);
        leases ??= _ownedLeases = LeaseStoreConnection.Open(_options.ApplicationName, _options.Leases, _options.Connection, loggerFactory, time);
        WorkerId = _options.WorkerId ?? ProcessIdentity.NewWorkerId(random);
        var runtime = new LeaseRuntime(time, random, () => ProcessIdentity.NewId(random), _logger)
        {
            CpuUtilization = time == TimeProvider.System ? ProcessIdentity.NewCpuUtilization(time) : null,
        };
        StreamDirectory streams = _options.IsMultiStream ? [] : [new LeasedStream(_options.Stream, ConsumedStream.Position(_options.StartFrom, _options.StartTimestamp))];
        var keeper = new LeaseKeeper(WorkerId, _options.Leases, streams, leases, api, runtime);
        _lookup = new StreamLookup(streams, api, runtime) { Changed = keeper.StreamsChanged };
        foreach (var listed in _options.Streams)
            _lookup.List(listed.Listed(_options));
        _instruments = new(_options.IsMultiStream ? null : StreamText, _options.ApplicationName, _options.MeterFactory, time);
        var reads = new MeasuredReads(api, _instruments, time);
        _sources = new RecordSources(_options, reads, time, _logger);
        _kit = new WorkerKit
        {
            Options = _options,
            WorkerId = WorkerId,
            Api = reads,
            Service = _ownedApi is null ? api : $"{_options.Connection.Region}|{_options.Connection.ServiceUrl}",
            Streams = streams,
            Keeper = keeper,
            Processors = processors,
            Sources = _sources.Create,
            Budget = PrefetchBudget.Of(_options),
            Limits = new IntakeLimits(_options.Processing, time),
            Pauses = new PauseSwitch(),
            Services = new ShardServices(time, random, _logger, _instruments.All)
            {
                IsStoreThrottle = leases.IsThrottle,
            },
            Meters = _instruments.Of,
            StatusChanged = _options.OnStatusChanged is null ? null : ReportStatus,
        };
        _supervisor = new ShardSupervisor(_kit);
        _instruments.Observe(() => Shards, () => _kit.Budget.HeldBytes);
    }

    /// <summary>This worker's id.</summary>
    public string WorkerId { get; }

    /// <summary>The shards whose leases this worker holds and works on, and why each stands where it stands. Cheap; a new list at each call.</summary>
    public IReadOnlyList<ShardStatus> Shards => [.. _supervisor.Workers.Select(worker => worker.Status())];

    /// <summary>The streams that this worker lists. In a multi-stream application also those that cannot be looked up yet. A new list at each call.</summary>
    public IReadOnlyList<StreamReference> Streams => _options.IsMultiStream ? _lookup.Listed : [_options.Stream];

    /// <summary>
    /// Shards that nobody reads because the workers of the application may not take more leases: fewer workers times <see cref="LeaseOptions.MaxLeases"/> than shards, <see cref="LeaseOptions.MaxThroughputKBps"/> reached by all, or no active worker. Only the
    /// leader knows; the other workers say 0. As of its last plan.
    /// </summary>
    public int UnassignedShards => _kit.Keeper.LastPlan.Unassigned;

    /// <summary>What <see cref="UnassignedShards"/> comes from and what to do, in one line with the numbers; null when every shard has a worker. For health reports.</summary>
    public string? CapacityProblem => _kit.Keeper.LastPlan is { Unassigned: > 0 } plan
        ? _options.Leases.CapacityProblem(plan.Unassigned, plan.ActiveWorkers.Length)
        : null;

    /// <summary>How many batches of one shard are handled at once. May be changed while running.</summary>
    /// <value>Starts with <see cref="ProcessingOptions.Concurrency"/>. 1 to 10,000.</value>
    public int Concurrency
    {
        get => _kit.Limits.Concurrency;
        set => _kit.Limits.Concurrency = value;
    }

    /// <summary>How many handler calls of all shards run at once. May be changed while running; calls that run are not interrupted.</summary>
    /// <value>Starts with <see cref="ProcessingOptions.MaxConcurrentHandlers"/>. Null for no limit, else 1 to 100,000.</value>
    public int? MaxConcurrentHandlers
    {
        get => _kit.Limits.ConcurrentHandlers;
        set => _kit.Limits.ConcurrentHandlers = value;
    }

    /// <summary>The most records a second given to handlers, of all shards. May be changed while running.</summary>
    /// <value>Starts with <see cref="ProcessingOptions.MaxRecordsPerSecond"/>. Null for no limit, else at least 0.01.</value>
    public double? MaxRecordsPerSecond
    {
        get => _kit.Limits.RecordsPerSecond;
        set => _kit.Limits.RecordsPerSecond = value;
    }

    /// <summary>
    /// Works until the token is cancelled, then stops within <see cref="KinesisConsumerOptions.ShutdownTimeout"/>: finishes running batches, closes the
    /// handlers, checkpoints, gives the leases up. May be called once.
    /// </summary>
    /// <param name="cancellationToken">Ends the work; the task then ends normally.</param>
    /// <returns>A task that runs for as long as the consumer works.</returns>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    /// <exception cref="Exception">The lease store cannot be prepared, or a handler's exception stops the consumer (<see cref="FailureAction.StopConsumer"/>), as it was thrown.</exception>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposing.IsCancellationRequested, this);
        var run = new Task<Task>(() => RunOnceAsync(cancellationToken), CancellationToken.None);
        if (Interlocked.CompareExchange(ref _running, run.Unwrap(), null) is not null)
            throw new InvalidOperationException("RunAsync was called before. A consumer runs once; create another one.");
        run.Start(TaskScheduler.Default);
        return _running;
    }

    /// <summary>
    /// Adds a stream to a multi-stream application. While it runs the stream is looked up and gets its first leases at once, by whichever worker adds it, and is then shared by all workers; add it on
    /// every worker all the same (or by configuration), because a stream that no living worker lists is given up after <see cref="LeaseOptions.FormerStreamGrace"/>. Repeatable.
    /// </summary>
    /// <param name="stream">The stream and where it starts when the application has never read it. Copied.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the stream is listed and, while the consumer runs, has leases.</returns>
    /// <exception cref="InvalidOperationException">The application reads one stream.</exception>
    /// <exception cref="ArgumentException">A setting of the stream is wrong.</exception>
    /// <exception cref="KinesisApiException">The stream does not exist or cannot be described or listed.</exception>
    public async Task AddStreamAsync(ConsumedStream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        RequireMultiStream();
        var problems = new OptionProblems();
        var copy = stream.CopyChecked(problems, "stream");
        problems.ThrowIfAny();
        if (_running is null)
        {
            _lookup.List(copy.Listed(_options));
            return;
        }

        var found = await _lookup.AddAsync(copy.Listed(_options), cancellationToken).ConfigureAwait(false);
        ConsumerLog.StreamAdded(_logger, copy.Reference.ToString(), found.StreamId!);
        await _kit.Keeper.BeginStreamAsync(found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Takes a stream off this worker's list. When no living worker lists it for <see cref="LeaseOptions.FormerStreamGrace"/> its leases are deleted and reading it ends; until then it is read on, so
    /// that a rolling deployment loses nothing, and listing it again keeps it.
    /// </summary>
    /// <param name="stream">The stream as it was listed: by name or by ARN.</param>
    /// <returns>False when this worker does not list it.</returns>
    /// <exception cref="InvalidOperationException">The application reads one stream.</exception>
    public bool RemoveStream(StreamReference stream)
    {
        RequireMultiStream();
        if (!_lookup.Remove(stream))
            return false;
        ConsumerLog.StreamRemoved(_logger, stream.ToString());
        return true;
    }

    /// <summary>Pauses a shard, or all: no new batch is given to the handler, running ones end; leases and checkpoints are kept.</summary>
    /// <param name="shardId">The shard's id, or its lease key (<see cref="ShardStatus.LeaseKey"/>) when several streams have such a shard; null for all.</param>
    public void Pause(string? shardId = null) => _kit.Pauses.Set(shardId, true);

    /// <summary>Ends a pause of a shard; without a shard, every pause.</summary>
    /// <param name="shardId">The shard's id, or its lease key (<see cref="ShardStatus.LeaseKey"/>) when several streams have such a shard; null for all.</param>
    public void Resume(string? shardId = null) => _kit.Pauses.Set(shardId, false);

    /// <summary>Why a shard moves or does not move.</summary>
    /// <param name="shardId">The shard's id, or its lease key when several streams have such a shard.</param>
    /// <returns>Its status; <see cref="ShardReason.NoLease"/> when this worker does not hold its lease, with since when and why it lost it.</returns>
    public ShardStatus Explain(string shardId)
    {
        ArgumentNullException.ThrowIfNull(shardId);
        return _supervisor.Explain(shardId);
    }

    /// <summary>
    /// Reads one shard from a position to its end, without lease and checkpoint: for tools and for applications that keep their own position. Each batch
    /// is valid until the next one is asked for; keep <see cref="ConsumedRecord.Position"/> of the last record that is done. What is fetched ahead is
    /// bounded by <see cref="RetrievalOptions.PrefetchBytes"/>; failed reads are waited out.
    /// </summary>
    /// <param name="options">Stream, retrieval, batch size and start time; the application's name may be anything but empty.</param>
    /// <param name="shardId">The shard.</param>
    /// <param name="after">Starts after this position, or at a sentinel: trim horizon, latest, or <see cref="KinesisConsumerOptions.StartTimestamp"/>.</param>
    /// <param name="api">The Kinesis client; not disposed.</param>
    /// <param name="loggerFactory">The log: reads that keep failing are warned about; null for none.</param>
    /// <param name="timeProvider">The clock; null for the system's.</param>
    /// <returns>The batches; the sequence ends with the shard. Cancel it by <c>WithCancellation</c>.</returns>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static IAsyncEnumerable<RecordBatch> ReadShardAsync(
        KinesisConsumerOptions options, string shardId, ExtendedSequenceNumber after, IKinesisApi api, ILoggerFactory? loggerFactory = null,
        TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(shardId);
        ArgumentNullException.ThrowIfNull(api);
        var logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<KinesisConsumer>();
        return ShardPull.ReadAsync(options.CopyChecked(), shardId, after, api, logger, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Stops if it still runs, and frees what it owns.</summary>
    /// <returns>A task that ends when everything is stopped; at most <see cref="KinesisConsumerOptions.ShutdownTimeout"/> later.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_disposing.IsCancellationRequested)
            return;
        await _disposing.CancelAsync().ConfigureAwait(false);
        if (_running is not null)
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _kit.Limits.Dispose();
        _instruments.Dispose();
        _sources.Dispose();
        _ownedLeases?.Dispose();
        if (_ownedApi is not null)
            await _ownedApi.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Bytes of fetched records in memory; 0 after a stop.</summary>
    internal long HeldBytes => _kit.Budget.HeldBytes;

    private void RequireMultiStream()
    {
        if (!_options.IsMultiStream)
            throw new InvalidOperationException($"Application '{_options.ApplicationName}' reads one stream. Set MultiStream (or Streams) to add and remove streams; its lease keys differ, so it needs a lease table of its own.");
    }

    private string StreamText => _options.IsMultiStream ? "(many)" : _options.Stream.ToString();

    private async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        using var abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _kit.Services.Time);
        ConsumerLog.ConsumerStarting(_logger, WorkerId, _options.ApplicationName, StreamText);
        using var closing = new CancellationTokenSource();
        var keeping = _kit.Keeper.RunAsync(stop.Token, abort.Token);
        var lookingUp = _lookup.RunAsync(stop.Token);
        var supervising = _supervisor.RunAsync(closing.Token);
        var watching = new ProgressWatch(_supervisor, _kit.Services.Time).RunAsync(abort.Token);
        var stopping = Task.Delay(Timeout.InfiniteTimeSpan, _kit.Services.Time, stop.Token);
        await Task.WhenAny(keeping, supervising, stopping).ConfigureAwait(false);
        var stopsSince = _kit.Services.Time.GetTimestamp();
        await stop.CancelAsync().ConfigureAwait(false);
        if (!supervising.IsCompleted)
            await AnnounceDepartureAsync().ConfigureAwait(false);
        _supervisor.StopLimit = _options.ShutdownTimeout - _kit.Services.Time.GetElapsedTime(stopsSince);
        await closing.CancelAsync().ConfigureAwait(false);
        var failure = await supervising.ConfigureAwait(false);
        // Every worker has given its lease up or left it to expire: what is still held is not worked on.
        abort.CancelAfter(_options.ShutdownTimeout / 10);
        try
        {
            await keeping.ConfigureAwait(false);
        }
        catch (Exception error)
        {
            ConsumerLog.ConsumerFailed(_logger, WorkerId, error);
            throw;
        }
        finally
        {
            await abort.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await lookingUp.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        using (var limit = new CancellationTokenSource(_options.ShutdownTimeout / 10, _kit.Services.Time))
            await _sources.DeregisterAsync(limit.Token).ConfigureAwait(false);
        if (failure is not null)
        {
            ConsumerLog.ConsumerFailed(_logger, WorkerId, failure);
            ExceptionDispatchInfo.Throw(failure);
        }

        ConsumerLog.ConsumerStopped(_logger, WorkerId);
    }

    /// <summary>Shards go on until their next owners stand ready; that takes its share of the time to stop, but never more than half.</summary>
    private async Task AnnounceDepartureAsync()
    {
        if (_options.ShutdownTimeout <= TimeSpan.Zero)
            return;
        using var limit = new CancellationTokenSource(_options.ShutdownTimeout / 2, _kit.Services.Time);
        await _kit.Keeper.AnnounceDepartureAsync(limit.Token).ConfigureAwait(false);
    }

    private void ReportStatus(ShardStatus status)
    {
        try
        {
            _options.OnStatusChanged!(status);
        }
        catch (Exception error)
        {
            // A user's callback must not break the stage that reported.
            ConsumerLog.StatusCallbackFailed(_logger, status.ShardId, error);
        }
    }
}
