namespace KinesisClientNet.Consumer;

/// <summary>
/// Takes records that could not be handled: <see cref="DeadLetterSinks"/> has ready-made ones. Called from several tasks at once. Returning means
/// that the record is kept and the shard may go on; throwing means that it is not, and the call is repeated with growing waits. After a crash the
/// same record may come again.
/// </summary>
public interface IDeadLetterSink
{
    /// <summary>Keeps a record.</summary>
    /// <param name="letter">The record and why it failed. Its payload's memory is valid until the method returns.</param>
    /// <param name="cancellationToken">Cancelled when the lease is lost or the consumer's time to stop is over.</param>
    /// <returns>A task that ends when the record is kept.</returns>
    ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken);
}
