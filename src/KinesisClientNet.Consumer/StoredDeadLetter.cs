using System.Runtime.CompilerServices;
using System.Text;
using KinesisClientNet.Consumer.Processing.Failure;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer;

/// <summary>
/// A dead letter as a sink has kept it, read back: to look at it, to give it to a handler again (<see cref="ToRecord"/>), or to put
/// <see cref="Data"/> under <see cref="PartitionKey"/> and <see cref="ExplicitHashKey"/> into a stream again. Immutable.
/// </summary>
public sealed record StoredDeadLetter
{
    /// <summary>The stream, as its consumer named it.</summary>
    public required string Stream { get; init; }

    /// <summary>The application that gave the record up.</summary>
    public required string ApplicationName { get; init; }

    /// <summary>The worker that gave it up.</summary>
    public required string WorkerId { get; init; }

    /// <summary>The shard it came from.</summary>
    public required string ShardId { get; init; }

    /// <summary>Its place in the shard.</summary>
    public required ExtendedSequenceNumber Position { get; init; }

    /// <summary>Whether it came inside an aggregate.</summary>
    public required bool IsAggregated { get; init; }

    /// <summary>When the service took it.</summary>
    public required DateTimeOffset ApproximateArrivalTimestamp { get; init; }

    /// <summary>Its key.</summary>
    public required string PartitionKey { get; init; }

    /// <summary>Its explicit hash key; null when it had none.</summary>
    public UInt128? ExplicitHashKey { get; init; }

    /// <summary>Dead-lettered or skipped.</summary>
    public required FailureAction Action { get; init; }

    /// <summary>Which rule gave it up.</summary>
    public required DeadLetterReason Reason { get; init; }

    /// <summary>How often it was delivered.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it was given up.</summary>
    public required DateTimeOffset FailedAt { get; init; }

    /// <summary>The full name of the exception's type; null when there was none.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The exception's message, at most 8,192 characters; null when there was none.</summary>
    public string? ErrorMessage { get; init; }

    /// <summary>The exception with its stack trace, at most 8,192 characters; null when there was none.</summary>
    public string? Error { get; init; }

    /// <summary>The payload's length, in bytes.</summary>
    public required int DataBytes { get; init; }

    /// <summary>The payload; null when the document was kept without it (a queue's message whose payload is in the overflow sink).</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>Where it was read from: a file, and in a file of lines the line.</summary>
    /// <value>Empty when it was parsed from bytes.</value>
    public string Source { get; init; } = "";

    /// <summary>Reads one document, for instance the payload of a record in a stream of dead letters or the body of a queue's message.</summary>
    /// <param name="document">A JSON object in UTF-8.</param>
    /// <returns>The letter.</returns>
    /// <exception cref="FormatException">It is no dead letter; the message says what is wrong.</exception>
    public static StoredDeadLetter Parse(ReadOnlyMemory<byte> document) => DeadLetterJson.Read(document, "");

    /// <summary>Reads the files of a directory sink (<see cref="IDeadLetterSink.ToDirectory"/>), in the order of shard and place. Delete <see cref="Source"/> when a letter is dealt with.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The letters; none when there is no such directory.</returns>
    /// <exception cref="FormatException">A file is no dead letter; the message names it.</exception>
    public static async IAsyncEnumerable<StoredDeadLetter> ReadDirectoryAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!Directory.Exists(path))
            yield break;
        foreach (var file in Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal))
            yield return DeadLetterJson.Read(await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false), file);
    }

    /// <summary>Reads the lines of a file sink (<see cref="IDeadLetterSink.ToFile"/>), oldest first. May be called while the sink writes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="skipsUnreadable">
    /// Whether lines that are no letters are passed over. A crash in the middle of a write leaves half a line; its record was not given up then, so it
    /// comes again and has a whole line further down.
    /// </param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The letters; none when there is no such file.</returns>
    /// <exception cref="FormatException">A line is no dead letter, and they are not skipped; the message names file and line.</exception>
    public static async IAsyncEnumerable<StoredDeadLetter> ReadFileAsync(
        string path, bool skipsUnreadable = true, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!File.Exists(path))
            yield break;
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 65536, FileOptions.Asynchronous);
        using var reader = new StreamReader(file, Encoding.UTF8);
        for (var line = 1; await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } text; line++)
        {
            if (text.Length == 0)
                continue;
            if (TryRead(text, $"{path}, line {line}", skipsUnreadable) is { } letter)
                yield return letter;
        }
    }

    /// <summary>The record as a handler gets it, for a <see cref="RecordBatch"/> of your own.</summary>
    /// <returns>The record.</returns>
    /// <exception cref="InvalidOperationException">The payload is not in the document.</exception>
    public ConsumedRecord ToRecord() => new(
        PartitionKey,
        Data ?? throw new InvalidOperationException($"The dead letter of {ShardId} at {Position} was kept without its payload: read it from the overflow sink."),
        Position,
        ApproximateArrivalTimestamp);

    private static StoredDeadLetter? TryRead(string text, string source, bool skipsUnreadable)
    {
        try
        {
            return DeadLetterJson.Read(Encoding.UTF8.GetBytes(text), source);
        }
        catch (FormatException) when (skipsUnreadable)
        {
            return null; // what the caller has asked for
        }
    }
}
