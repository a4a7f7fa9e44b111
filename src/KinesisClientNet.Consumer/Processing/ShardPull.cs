using System.Runtime.CompilerServices;
using KinesisClientNet.Consumer.Retrieval;
using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Processing;

/// <summary>One shard as an async stream, without lease and checkpoint, for applications with a loop of their own.</summary>
internal static class ShardPull
{
    public static async IAsyncEnumerable<RecordBatch> ReadAsync(
        KinesisConsumerOptions options, string shardId, ExtendedSequenceNumber after, IKinesisApi api, ILogger logger, TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var address = new ShardAddress(api, api, options.Stream, shardId);
        var shard = new ShardContext { Stream = options.Stream, ShardId = shardId, ApplicationName = options.ApplicationName, StartPosition = after };
        using var queue = new PrefetchQueue(PrefetchBudget.Of(options));
        using var sources = new RecordSources(options, api, time, logger);
        var source = sources.Create(address, StartOf(after, options.StartTimestamp));
        await using var closing = source.ConfigureAwait(false);
        var backoff = new Core.Resilience.Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10), ProcessIdentity.NewRandom());
        var reader = new ShardReader(address, source, queue, new ShardActivity(time), backoff, time, logger);
        var deaggregator = new Deaggregator(null, false, after);
        var buffer = new ConsumedRecord[options.Processing.MaxBatchRecords];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = reader.RunAsync(stop.Token);
        try
        {
            await foreach (var page in queue.Pages.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                try
                {
                    deaggregator.Open(page);
                    int count;
                    while ((count = deaggregator.Read(buffer)) > 0)
                    {
                        var batch = new RecordBatch(shard, new Segment(new ArraySegment<ConsumedRecord>(buffer, 0, count), 0), page.Lag, null);
                        try
                        {
                            yield return batch;
                        }
                        finally
                        {
                            batch.Close();
                        }
                    }
                }
                finally
                {
                    page.LetGo();
                }
            }

            // The end of the shard and an error of ours must not look alike.
            await reading.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            using var limit = new CancellationTokenSource(options.ShutdownTimeout, time);
            await sources.DeregisterAsync(limit.Token).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// At the position, not after it: it may stand inside an aggregate whose rest is not done (kcl.md §5.5). What is done is left out by the
    /// de-aggregation.
    /// </summary>
    public static StartingPosition StartOf(ExtendedSequenceNumber checkpoint, DateTimeOffset? timestamp)
    {
        if (checkpoint.IsNumber)
            return StartingPosition.At(checkpoint.SequenceNumber);
        if (checkpoint == ExtendedSequenceNumber.Latest)
            return StartingPosition.Latest;
        return checkpoint == ExtendedSequenceNumber.AtTimestamp && timestamp is { } time ? StartingPosition.AtTimestamp(time) : StartingPosition.TrimHorizon;
    }
}
