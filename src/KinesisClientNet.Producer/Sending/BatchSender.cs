using System.Buffers;
using System.Threading.Channels;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer.Collecting;

namespace KinesisClientNet.Producer.Sending;

/// <summary>Puts batches: as many loops as calls may be in flight, each with one call at a time. A call always ends with an answer or a failure in the batch.</summary>
internal sealed class BatchSender(
    IKinesisApi api, StreamReference stream, ChannelReader<PutRecordsBatch> input, ChannelWriter<PutRecordsBatch> output, TimeProvider clock)
{
    /// <summary>Runs until the input ends; the token gives up the calls in flight.</summary>
    internal async Task RunAsync(int calls, CancellationToken abort)
    {
        await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => SendAllAsync(abort))).ConfigureAwait(false);
        output.TryComplete();
    }

    private async Task SendAllAsync(CancellationToken abort)
    {
        await foreach (var batch in input.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
        {
            await SendAsync(batch, abort).ConfigureAwait(false);
            await output.WriteAsync(batch, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(PutRecordsBatch batch, CancellationToken abort)
    {
        var count = batch.Records.Count;
        var entries = ArrayPool<PutRecordsEntry>.Shared.Rent(count);
        batch.StartedAt = clock.GetTimestamp();
        try
        {
            AggregateDigests.Write(batch.Records);
            for (var i = 0; i < count; i++)
            {
                var record = batch.Records[i];
                entries[i] = new PutRecordsEntry(record.Data, record.PartitionKey, record.ExplicitHashKey);
            }

            var request = new PutRecordsRequest(stream, entries.AsMemory(0, count));
            batch.Response = await api.PutRecordsAsync(request, abort).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // Judged by the settler, like everything that a call can end with.
            batch.Failure = failure;
        }
        finally
        {
            ArrayPool<PutRecordsEntry>.Shared.Return(entries, clearArray: true);
            batch.EndedAt = clock.GetTimestamp();
        }
    }
}
