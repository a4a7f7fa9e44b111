using System.Threading.Channels;
using KinesisClientNet.Core.Resilience;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Routing;

/// <summary>
/// Reads the shard map, one reading at a time, when somebody shows that the last one is old. The flow goes on with the old map meanwhile
/// (the KPL sends un-aggregated and un-limited during each reading, kpl.md 2.3). Failures are waited for with full jitter, so that a
/// reshard does not bring all producers to ListShards at once (KPL #332).
/// </summary>
internal sealed class ShardMapRefresher(
    IKinesisApi api, StreamReference stream, StreamSettings settings, CollectorInbox output, ILogger log, TimeProvider clock, Random random)
{
    /// <summary>How often a refused reading is tried again: a permission may be granted later.</summary>
    private static readonly TimeSpan DeniedInterval = TimeSpan.FromMinutes(5);

    /// <summary>Pause between readings: a listing may lag behind the shards for a moment, and asking faster does not help.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Channel<long> _requests = Channel.CreateBounded<long>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Backoff _backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), random);

    private int _working;
    private int _pausing;

    /// <summary>True while nothing happens unless time passes or somebody asks: what tests in virtual time wait for.</summary>
    internal bool IsResting => Volatile.Read(ref _pausing) == 1 || (Volatile.Read(ref _working) == 0 && _requests.Reader.Count == 0);

    /// <summary>Asks for a reading. Does nothing when one began after the evidence.</summary>
    /// <param name="evidenceAt">When the call began that showed the map to be old.</param>
    internal void Request(long evidenceAt) => _requests.Writer.TryWrite(evidenceAt);

    internal async Task RunAsync(CancellationToken stopping)
    {
        var readAt = long.MinValue;
        await foreach (var evidenceAt in _requests.Reader.ReadAllAsync(stopping).ConfigureAwait(false))
        {
            Volatile.Write(ref _working, 1);
            if (evidenceAt >= readAt)
            {
                readAt = await ReadUntilDoneAsync(stopping).ConfigureAwait(false);
                await PauseAsync(Pause, stopping).ConfigureAwait(false);
            }

            Volatile.Write(ref _working, 0);
        }
    }

    /// <summary>Looks at the stream's settings from time to time, and asks for a reading when they changed.</summary>
    internal async Task WatchSettingsAsync(TimeSpan interval, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(interval, clock);
        while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false))
        {
            if (await settings.ReadAsync(stopping).ConfigureAwait(false))
                Request(clock.GetTimestamp());
        }
    }

    private async Task<long> ReadUntilDoneAsync(CancellationToken stopping)
    {
        for (var failures = 0; ; failures++)
        {
            var startedAt = clock.GetTimestamp();
            try
            {
                output.Tell(CollectorSignal.MapLoaded, await ReadAsync(stopping).ConfigureAwait(false));
                return startedAt;
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                await WaitAfterAsync(failure, failures, stopping).ConfigureAwait(false);
            }
        }
    }

    /// <summary>An AUTO stream has no map: every record may land anywhere.</summary>
    private async Task<ShardMap> ReadAsync(CancellationToken stopping)
    {
        await settings.ReadAsync(stopping).ConfigureAwait(false);
        return settings.IsAuto
            ? ShardMap.Empty
            : ShardMap.Create(await ShardLister.ListAsync(api, stream, new ShardFilter(ShardFilterType.AtLatest), stopping).ConfigureAwait(false));
    }

    private async Task WaitAfterAsync(Exception failure, int failures, CancellationToken stopping)
    {
        if (failure is KinesisApiException { Kind: KinesisErrorKind.AccessDenied or KinesisErrorKind.InvalidArgument or KinesisErrorKind.Unknown } denied)
        {
            ProducerLog.ShardMapDenied(log, stream.ToString(), denied.Code, denied);
            output.Tell(CollectorSignal.MapLoaded);
            await PauseAsync(DeniedInterval, stopping).ConfigureAwait(false);
            return;
        }

        var wait = _backoff.Next(failures);
        ProducerLog.ShardMapFailed(log, stream.ToString(), failures + 1, wait, failure);
        await PauseAsync(wait, stopping).ConfigureAwait(false);
    }

    private async Task PauseAsync(TimeSpan time, CancellationToken stopping)
    {
        var pause = Task.Delay(time, clock, stopping);
        Volatile.Write(ref _pausing, 1);
        await pause.ConfigureAwait(false);
        Volatile.Write(ref _pausing, 0);
    }
}
