using System.Buffers;
using System.Threading.Channels;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Telemetry;

namespace KinesisClientNet.Producer.Sending;

/// <summary>Puts batches: as many loops as calls may be in flight, each with one call at a time. A call always ends with an answer or a failure in the batch.</summary>
internal sealed class BatchSender(
    IKinesisApi api, StreamReference stream, ChannelReader<PutRecordsBatch> input, ChannelWriter<PutRecordsBatch> output, ProducerMeters meters, TimeProvider clock)
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
        var entries = ArrayPool<PutRecordsEntry>.Shared.Rent(batch.Records.Count);
        Task? call = null;
        using var span = meters.StartCall(batch.Records);
        try
        {
            AggregateDigests.Write(batch.Records);
            for (var i = 0; i < batch.Records.Count; i++)
            {
                var record = batch.Records[i];
                entries[i] = new PutRecordsEntry(record.Data, record.PartitionKey, record.ExplicitHashKey);
            }

            batch.StartedAt = clock.GetTimestamp();
            var answer = api.PutRecordsAsync(new PutRecordsRequest(stream, entries.AsMemory(0, batch.Records.Count)), abort).AsTask();
            call = answer;
            // Not every IKinesisApi heeds its token; a stop may not depend on it.
            batch.Response = await answer.WaitAsync(abort).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            // Judged by the settler, like everything that a call can end with.
            batch.Failure = failure;
        }

        batch.EndedAt = clock.GetTimestamp();
        var error = batch.Failure is { } failed ? (failed as KinesisApiException)?.Code ?? failed.GetType().Name : null;
        if (span is not null)
            ProducerMeters.EndCall(span, batch.Response?.RequestId ?? (batch.Failure as KinesisApiException)?.RequestId, error);
        meters.CountCall(clock.GetElapsedTime(batch.StartedAt, batch.EndedAt), error);
        if (call is { IsCompleted: true })
            ArrayPool<PutRecordsEntry>.Shared.Return(entries, clearArray: true);
    }
}
