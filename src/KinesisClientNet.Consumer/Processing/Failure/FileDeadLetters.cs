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
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 4096, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                SeekToNewLine(file);
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

    /// <summary>A crash in the middle of a write leaves half a line: it must not spoil this one.</summary>
    private static void SeekToNewLine(FileStream file)
    {
        if (file.Length == 0)
            return;
        file.Seek(-1, SeekOrigin.End);
        if (file.ReadByte() != '\n')
            file.WriteByte((byte)'\n');
    }
}
