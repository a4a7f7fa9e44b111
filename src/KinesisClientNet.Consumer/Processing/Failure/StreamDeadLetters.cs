using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>Dead letters as records of another stream.</summary>
internal sealed class StreamDeadLetters(IKinesisApi api, StreamReference stream) : IDeadLetterSink
{
    /// <inheritdoc/>
    public async ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        var key = letter.Record.PartitionKey;
        // A record of an AUTO stream has no key, but a put needs one of 1 to 256 characters: the shard's id keeps such records together.
        var entry = new PutRecordsEntry(DeadLetterJson.Write(letter).WrittenMemory, key.Length > 0 ? key : letter.Shard.ShardId);
        await api.PutRecordAsync(stream, entry, cancellationToken: cancellationToken).ConfigureAwait(false);
    }
}
