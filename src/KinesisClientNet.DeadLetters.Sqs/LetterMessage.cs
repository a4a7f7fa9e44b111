using Amazon.SQS.Model;

namespace KinesisClientNet.DeadLetters.Sqs;

/// <summary>A letter on its way to the queue.</summary>
/// <param name="entry">The message.</param>
/// <param name="bytes">Its size as SQS counts it.</param>
/// <param name="name">For messages: which letter it is.</param>
internal sealed class LetterMessage(SendMessageBatchRequestEntry entry, int bytes, string name)
{
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SendMessageBatchRequestEntry Entry => entry;

    public int Bytes => bytes;

    public string Name => name;

    /// <summary>Completes when the queue has confirmed the message, or with the refusal.</summary>
    public Task Sent => _sent.Task;

    /// <summary>Nobody waits for it any more; it is left out when it is not on its way yet.</summary>
    public bool IsGivenUp { get; set; }

    public void Confirm() => _sent.TrySetResult();

    public void Refuse(Exception error) => _sent.TrySetException(error);
}
