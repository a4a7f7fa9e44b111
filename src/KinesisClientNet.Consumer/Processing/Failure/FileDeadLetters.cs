namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>One line for each dead letter.</summary>
internal sealed class FileDeadLetters(string path) : IDeadLetterSink, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        var line = DeadLetterJson.Write(letter);
        "\n"u8.CopyTo(line.GetSpan(1));
        line.Advance(1);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } directory)
                Directory.CreateDirectory(directory);
            var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 4096, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                // Not cancelled half-way: half a line would spoil the next one.
                await file.WriteAsync(line.WrittenMemory, CancellationToken.None).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
