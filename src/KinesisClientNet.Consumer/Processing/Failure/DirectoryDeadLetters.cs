using System.Globalization;

namespace KinesisClientNet.Consumer.Processing.Failure;

/// <summary>One file for each dead letter.</summary>
internal sealed class DirectoryDeadLetters(string path) : IDeadLetterSink
{
    /// <inheritdoc/>
    public async ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        var record = letter.Record;
        var name = string.Create(CultureInfo.InvariantCulture, $"{NameOf(letter.Shard.ShardId)}_{record.SequenceNumber}_{record.SubSequenceNumber}.json");
        var target = Path.Combine(path, name);
        var unfinished = target + ".tmp";
        var document = DeadLetterJson.Write(letter);
        // Written aside and renamed, so that a reader never sees half a document and a crash leaves the old one or the new one.
        var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, 4096, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            await file.WriteAsync(document.WrittenMemory, cancellationToken).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, target, overwrite: true);
    }

    /// <summary>A shard's id comes from the network: only the characters of the service's own ids may stand in a file's name.</summary>
    private static string NameOf(string shardId) => string.Create(shardId.Length, shardId, static (name, id) =>
    {
        for (var i = 0; i < name.Length; i++)
            name[i] = char.IsAsciiLetterOrDigit(id[i]) || id[i] is '-' or '_' ? id[i] : '_';
    });
}
