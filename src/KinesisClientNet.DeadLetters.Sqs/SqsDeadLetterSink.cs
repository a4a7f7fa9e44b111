using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.SQS;
using Amazon.SQS.Model;
using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.DeadLetters.Sqs;

/// <summary>
/// Dead letters as messages of an SQS queue: the body is the document of <see cref="DeadLetter.ToJson"/>, the attributes <c>stream</c>, <c>application</c>,
/// <c>shardId</c> and <c>reason</c> stand beside it. Letters that come while a call runs go together, up to ten in one SendMessageBatch. A letter is kept
/// when the queue has confirmed this very message; what the queue refuses is thrown, so that the shard waits and the consumer tries again.
/// </summary>
/// <remarks>
/// Thread-safe; one sink serves all shards. Needs <c>sqs:SendMessage</c> on the queue. A letter may come twice when an answer is lost; a queue whose name
/// ends in <c>.fifo</c> drops the second one within five minutes (the deduplication id is the record's place) and keeps the order of each partition key.
/// Retries of the SDK apply; the waits between further tries are those of <see cref="FailureOptions"/>.
/// </remarks>
public sealed class SqsDeadLetterSink : IDeadLetterSink
{
    /// <summary>A message, and all messages of one call together, have at most this many bytes (SQS quotas; 262,144 until August 2025).</summary>
    private const int ServiceLimitBytes = 1024 * 1024;

    /// <summary>A document without its payload always fits: two texts of 8,192 characters, escaped, and the fixed fields.</summary>
    private const int SmallestLimitBytes = 128 * 1024;

    private readonly string _queueUrl;
    private readonly bool _isFifo;
    private readonly LetterBatches _batches;

    /// <summary>Creates a sink; nothing is called yet.</summary>
    /// <param name="client">The client; not disposed.</param>
    /// <param name="queueUrl">The queue's URL.</param>
    /// <exception cref="ArgumentException">The URL is no absolute one.</exception>
    public SqsDeadLetterSink(IAmazonSQS client, string queueUrl)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (!Uri.TryCreate(queueUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new ArgumentException($"The queue's URL is '{queueUrl}'; expected an absolute one such as https://sqs.eu-west-1.amazonaws.com/123456789012/letters.", nameof(queueUrl));
        _queueUrl = queueUrl;
        _isFifo = queueUrl.EndsWith(".fifo", StringComparison.Ordinal);
        _batches = new LetterBatches(client, queueUrl, ServiceLimitBytes);
    }

    /// <summary>The largest message, in bytes with its attributes, that the queue takes: its MaximumMessageSize.</summary>
    /// <value>Default 1,048,576 (1 MiB). 131,072 to 1,048,576; queues made before August 2025 often have 262,144.</value>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public int MaxMessageBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, SmallestLimitBytes);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, ServiceLimitBytes);
            field = value;
        }
    } = ServiceLimitBytes;

    /// <summary>
    /// Takes letters that are larger than <see cref="MaxMessageBytes"/> (a payload grows by a third in Base64): first this sink keeps the whole letter, then
    /// the queue gets its document without the payload, with <see cref="StoredDeadLetter.DataBytes"/> to tell. A file, a directory, a stream or a sink of
    /// your own, for instance over S3.
    /// </summary>
    /// <value>Default null: such a letter is refused with an explanation, and its shard waits; nothing is cut off or dropped.</value>
    public IDeadLetterSink? Overflow { get; init; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The letter is larger than the queue takes, and there is no <see cref="Overflow"/>.</exception>
    /// <exception cref="AmazonSQSException">The queue or the service refused it.</exception>
    public async ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letter);
        var message = NewMessage(letter, includesPayload: true);
        if (message.Bytes > MaxMessageBytes)
        {
            if (Overflow is null)
                throw TooLarge(letter, message.Bytes);
            await Overflow.WriteAsync(letter, cancellationToken).ConfigureAwait(false);
            message = NewMessage(letter, includesPayload: false);
        }

        await _batches.SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    private LetterMessage NewMessage(DeadLetter letter, bool includesPayload)
    {
        var entry = new SendMessageBatchRequestEntry { MessageBody = Encoding.ASCII.GetString(letter.ToJson(includesPayload)), MessageAttributes = [] };
        var bytes = entry.MessageBody.Length;
        foreach (var (name, value) in new[]
        {
            ("stream", letter.Shard.Stream.ToString()), ("application", letter.Shard.ApplicationName), ("shardId", letter.Shard.ShardId), ("reason", letter.Reason.ToString()),
        })
        {
            if (value.Length == 0)
                continue; // SQS refuses an empty attribute
            entry.MessageAttributes.Add(name, new MessageAttributeValue { DataType = "String", StringValue = value });
            bytes += name.Length + "String".Length + Encoding.UTF8.GetByteCount(value);
        }

        if (_isFifo)
        {
            entry.MessageGroupId = PartitionKeyHash.Compute(letter.Record.PartitionKey).ToString("x32", CultureInfo.InvariantCulture);
            entry.MessageDeduplicationId = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
                $"{letter.Shard.Stream}|{letter.Shard.ApplicationName}|{letter.Shard.ShardId}|{letter.Record.Position}")));
        }

        return new LetterMessage(entry, bytes, $"the dead letter of {letter.Shard.ShardId} at {letter.Record.Position}");
    }

    private InvalidOperationException TooLarge(DeadLetter letter, int bytes) => new(
        $"The dead letter of {letter.Shard.ShardId} at {letter.Record.Position} has {bytes} bytes as a message and {_queueUrl} takes {MaxMessageBytes} " +
        $"({nameof(SqsDeadLetterSink)}.{nameof(MaxMessageBytes)}). Set {nameof(Overflow)} to a sink for such letters, for instance IDeadLetterSink.ToDirectory; until then the shard waits.");
}
