using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace KinesisClientNet.DeadLetters.Sqs;

/// <summary>
/// Puts messages together: what comes while calls run goes with the next one, up to ten messages and the byte limit of a call. A single message never waits
/// for company. Bounded by its callers, each of which waits for its own message. Thread-safe.
/// </summary>
internal sealed class LetterBatches(IAmazonSQS client, string queueUrl, int maxCallBytes)
{
    /// <summary>SQS quotas: messages of one SendMessageBatch.</summary>
    private const int MaxEntries = 10;

    private const int MaxCalls = 4;

    private readonly Lock _gate = new();
    private readonly Queue<LetterMessage> _waiting = new();
    private int _calls;

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the wait; a message that is on its way may still reach the queue.</param>
    public async Task SendAsync(LetterMessage message, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _waiting.Enqueue(message);
            if (_calls < MaxCalls)
            {
                _calls++;
                _ = Task.Run(SendWaitingAsync, CancellationToken.None);
            }
        }

        try
        {
            await message.Sent.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
                message.IsGivenUp = true;
            throw;
        }
    }

    private async Task SendWaitingAsync()
    {
        while (Take() is { Count: > 0 } batch)
            await SendBatchAsync(batch).ConfigureAwait(false);
    }

    private List<LetterMessage> Take()
    {
        var batch = new List<LetterMessage>(MaxEntries);
        var bytes = 0;
        lock (_gate)
        {
            while (batch.Count < MaxEntries && _waiting.TryPeek(out var message) && (batch.Count == 0 || bytes + message.Bytes <= maxCallBytes))
            {
                _waiting.Dequeue();
                if (message.IsGivenUp)
                    continue;
                batch.Add(message);
                bytes += message.Bytes;
            }

            if (batch.Count == 0)
                _calls--;
        }

        return batch;
    }

    /// <summary>One call. Each message gets its own verdict; a failed call is the verdict of all of them.</summary>
    private async Task SendBatchAsync(List<LetterMessage> batch)
    {
        try
        {
            for (var i = 0; i < batch.Count; i++)
                batch[i].Entry.Id = i.ToString(CultureInfo.InvariantCulture);
            var answer = await client.SendMessageBatchAsync(new SendMessageBatchRequest(queueUrl, [.. batch.Select(message => message.Entry)]), CancellationToken.None).ConfigureAwait(false);
            Settle(batch, answer);
        }
        catch (BatchRequestTooLongException) when (batch.Count > 1)
        {
            // The service counts more than we do, or its limit is lower than the documented one: one at a time then.
            foreach (var message in batch)
                await SendBatchAsync([message]).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Whatever the SDK throws goes to those who wait: the letters are not kept, and the consumer tries again.
            foreach (var message in batch)
                message.Refuse(error);
        }
    }

    private void Settle(List<LetterMessage> batch, SendMessageBatchResponse answer)
    {
        foreach (var kept in answer.Successful ?? [])
        {
            if (MessageOf(batch, kept.Id) is { } message)
                message.Confirm();
        }

        foreach (var refused in answer.Failed ?? [])
        {
            if (MessageOf(batch, refused.Id) is { } message)
            {
                message.Refuse(new AmazonSQSException($"{queueUrl} refused {message.Name}: {refused.Code}: {refused.Message}") { ErrorCode = refused.Code });
            }
        }

        // Neither kept nor refused: an answer that names a message not at all must not be taken for a confirmation.
        foreach (var message in batch)
            message.Refuse(new AmazonSQSException($"{queueUrl} did not say what became of {message.Name}."));
    }

    private static LetterMessage? MessageOf(List<LetterMessage> batch, string? id) =>
        int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < batch.Count ? batch[index] : null;
}
