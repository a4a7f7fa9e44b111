using System.Globalization;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Local.Persistence;

/// <summary>
/// The files of a directory: <c>N.snapshot</c>, the state when log N began, and the logs from N on. Whoever opens it holds its <c>lock</c> file. A
/// compaction begins log N + 1, writes snapshot N + 1 beside it under another name, renames it, and deletes what is older; wherever it is
/// interrupted, the old snapshot with all logs, or the new one with its log, gives the same state.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    private const string SnapshotEnd = ".snapshot";
    private const string LogEnd = ".log";
    private const string UnfinishedEnd = ".unfinished";

    private readonly string _path;
    private readonly ILogger _logger;
    private readonly FileStream _lock;

    private DataDirectory(string path, ILogger logger, FileStream held) => (_path, _logger, _lock) = (path, logger, held);

    /// <summary>The number of the newest snapshot and of the log that goes with it; 0 when there is none.</summary>
    public int SnapshotNumber { get; private set; }

    /// <summary>The number of the log that is appended to.</summary>
    public int LogNumber { get; private set; }

    /// <summary>Bytes of the newest snapshot.</summary>
    public long SnapshotBytes { get; private set; }

    /// <summary>Takes the directory for this process; makes it when there is none.</summary>
    /// <exception cref="IOException">Somebody else has it, or it cannot be written.</exception>
    public static DataDirectory Open(string path, ILogger logger)
    {
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(full);
        try
        {
            return new(full, logger, new(Path.Combine(full, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error)
        {
            throw new IOException($"LocalKinesisOptions.DataDirectory {full} is in use by another LocalKinesis, in this process or another: close that one first ({error.Message}).", error);
        }
    }

    /// <summary>Reads everything back and returns the log to append to, behind its last whole entry.</summary>
    public EntryLog Read(RestoredAccount account)
    {
        foreach (var file in Directory.GetFiles(_path, "*" + UnfinishedEnd))
            File.Delete(file);
        SnapshotNumber = Numbers(SnapshotEnd).DefaultIfEmpty(0).Max();
        var first = Math.Max(1, SnapshotNumber);
        int[] logs = [.. Numbers(LogEnd).Where(number => number >= first).Order()];
        if (logs.Length == 0 && SnapshotNumber == 0)
            return BeginLog(1);
        for (var i = 0; i < Math.Max(1, logs.Length); i++)
        {
            if (i >= logs.Length || logs[i] != first + i)
                throw new InvalidDataException($"{LogPath(first + i)} is missing. Restore it from a copy, or delete the directory {_path} to start empty.");
        }

        if (SnapshotNumber > 0)
            SnapshotBytes = ReadFile(SnapshotPath(SnapshotNumber), mayBeCut: false, account);
        foreach (var number in logs[..^1])
            ReadFile(LogPath(number), mayBeCut: false, account);
        LogNumber = logs[^1];
        var length = ReadFile(LogPath(LogNumber), mayBeCut: true, account);
        DeleteOlder();
        return new(LogPath(LogNumber), length);
    }

    public EntryLog BeginLog(int number)
    {
        try
        {
            var log = new EntryLog(LogPath(number), 0);
            LogNumber = number;
            return log;
        }
        catch
        {
            File.Delete(LogPath(number)); // an empty log behind the one that goes on would hide that one's unfinished end
            throw;
        }
    }

    /// <summary>Writes the snapshot that goes with the newest log, then deletes what it replaces.</summary>
    public void WriteSnapshot(Action<EntryLog> write)
    {
        var number = LogNumber;
        var unfinished = SnapshotPath(number) + UnfinishedEnd;
        using (var snapshot = new EntryLog(unfinished, 0))
        {
            write(snapshot);
            snapshot.FlushToDisk();
        }

        File.Move(unfinished, SnapshotPath(number), overwrite: true);
        SnapshotNumber = number;
        SnapshotBytes = new FileInfo(SnapshotPath(number)).Length;
        DeleteOlder();
        _logger.Compacted(SnapshotPath(number), SnapshotBytes);
    }

    public void Dispose() => _lock.Dispose();

    private long ReadFile(string path, bool mayBeCut, RestoredAccount account)
    {
        var reader = new EntryLogReader(path, mayBeCut);
        reader.ReadAll((payload, offset) =>
        {
            try
            {
                account.Apply(payload);
            }
            catch (Exception error) when (error is InvalidDataException or System.Text.Json.JsonException or ArgumentException)
            {
                throw EntryFormat.Damaged(path, offset, error.Message);
            }
        });
        if (reader.CutBytes > 0)
            _logger.UnfinishedEntryCut(path, reader.Length, reader.CutBytes);
        return reader.Length;
    }

    private void DeleteOlder()
    {
        foreach (var number in Numbers(LogEnd).Where(number => number < SnapshotNumber))
            File.Delete(LogPath(number));
        foreach (var number in Numbers(SnapshotEnd).Where(number => number < SnapshotNumber))
            File.Delete(SnapshotPath(number));
    }

    private IEnumerable<int> Numbers(string end) => Directory.GetFiles(_path, "*" + end)
        .Select(static file => int.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
        .Where(static number => number > 0);

    private string LogPath(int number) => Path.Combine(_path, number.ToString("D8", CultureInfo.InvariantCulture) + LogEnd);

    private string SnapshotPath(int number) => Path.Combine(_path, number.ToString("D8", CultureInfo.InvariantCulture) + SnapshotEnd);
}
