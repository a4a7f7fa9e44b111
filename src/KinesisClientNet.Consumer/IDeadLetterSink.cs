using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer;

/// <summary>
/// Takes records that could not be handled. Called from several tasks at once. Returning means that the record is kept and the shard may go on;
/// throwing means that it is not, and the call is repeated with growing waits. After a crash the same record may come again. The ready-made sinks
/// (<see cref="ToDirectory"/>, <see cref="ToFile"/>, <see cref="ToStream"/>, and SqsDeadLetterSink of the package KinesisClientNet.DeadLetters.Sqs) all keep
/// the same JSON document (<see cref="DeadLetter.ToJson"/>): stream, application, worker, shard, position, arrival time, partition key, payload (Base64),
/// action, reason, attempts, time of failure, and the exception. <see cref="StoredDeadLetter"/> reads it back.
/// </summary>
public interface IDeadLetterSink
{
    /// <summary>Keeps a record.</summary>
    /// <param name="letter">The record and why it failed. Its payload's memory is valid until the method returns.</param>
    /// <param name="cancellationToken">Cancelled when the lease is lost or the consumer's time to stop is over.</param>
    /// <returns>A task that ends when the record is kept.</returns>
    ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken);

    /// <summary>One file for each record, named after its place (<c>shardId-…_sequence_sub.json</c>): a record that comes again replaces its file. Flushed to the disk.</summary>
    /// <param name="path">The directory; made when it does not exist.</param>
    /// <returns>The sink.</returns>
    static IDeadLetterSink ToDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new DirectoryDeadLetters(path);
    }

    /// <summary>One line for each record at the end of a file. A record that comes again after a crash has two lines. Flushed to the disk.</summary>
    /// <param name="path">The file; made when it does not exist.</param>
    /// <returns>The sink; it opens the file for each record, so that it can be moved away at any time.</returns>
    static IDeadLetterSink ToFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new FileDeadLetters(path);
    }

    /// <summary>Another Kinesis stream, under the record's own partition key, so that the order of a key is kept. One PutRecord call for each record.</summary>
    /// <param name="api">The client; not disposed.</param>
    /// <param name="stream">The stream. Its record limit must leave room for the envelope: 4/3 of the payload and about 1 KiB.</param>
    /// <returns>The sink.</returns>
    static IDeadLetterSink ToStream(IKinesisApi api, StreamReference stream)
    {
        ArgumentNullException.ThrowIfNull(api);
        return new StreamDeadLetters(api, stream);
    }
}
