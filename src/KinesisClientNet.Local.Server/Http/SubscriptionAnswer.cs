using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.EventStream;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Local.Server.Operations;
using KinesisClientNet.Local.Server.Wire;
using Microsoft.AspNetCore.Http;

namespace KinesisClientNet.Local.Server.Http;

/// <summary>
/// Sends a subscription as an event stream: first the initial response, then a message per event. A slow reader makes it wait: the
/// connection's window is the only flow control (kinesis-service reference §8.3, rule 9). Payloads are JSON whatever the request's format.
/// </summary>
internal sealed class SubscriptionAnswer(HttpResponse response, JsonBodyWriter json)
{
    public async Task SendAsync(IShardSubscription subscription, CancellationToken cancellationToken)
    {
        response.ContentType = BodyFormats.EventStream;
        json.Reset();
        json.StartMap();
        json.EndMap();
        await SendMessageAsync("initial-response", isException: false, cancellationToken).ConfigureAwait(false);
        try
        {
            await foreach (var shardEvent in subscription.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                using (shardEvent)
                    Write(shardEvent);
                await SendMessageAsync("SubscribeToShardEvent", isException: false, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (KinesisApiException error) when (error.Kind != KinesisErrorKind.Connection)
        {
            json.Reset();
            json.StartMap();
            json.Text("message"u8, error.Message);
            json.EndMap();
            await SendMessageAsync(error.Code, isException: true, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Write(ShardEvent shardEvent)
    {
        json.Reset();
        json.StartMap();
        json.Records(shardEvent.Records);
        if (shardEvent.ContinuationSequenceNumber is { } continuation)
            json.Sequence("ContinuationSequenceNumber"u8, continuation);
        json.Number("MillisBehindLatest"u8, shardEvent.MillisBehindLatest);
        json.ChildShards(shardEvent.ChildShards);
        json.EndMap();
    }

    private async Task SendMessageAsync(string type, bool isException, CancellationToken cancellationToken)
    {
        json.Complete();
        using var message = new PooledBuffer(json.Body.Length + EventStreamFormat.Overhead + 128);
        if (isException)
            EventStreamWriter.WriteException(message, type, json.Body.WrittenSpan);
        else
            EventStreamWriter.WriteEvent(message, type, json.Body.WrittenSpan);
        await AnswerSender.SendAsync(response, message.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }
}
