using System.Buffers;
using KinesisClientNet.Core.Service;
using Microsoft.Win32.SafeHandles;

namespace KinesisClientNet.Local.Persistence;

/// <summary>A file to which entries are appended. What a failed write left behind is written again at the same place by the next. Its owner's lock guards it.</summary>
internal sealed class EntryLog : IDisposable
{
    /// <summary>What waits for a flush at most; a longer run of entries is written on the way.</summary>
    private const int MaxBufferedBytes = 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private long _length;
    private bool _isFailing;

    /// <summary>Goes on behind the given length, and cuts off what follows it; 0 begins the file anew.</summary>
    public EntryLog(string path, long length)
    {
        Path = path;
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        _length = length;
        try
        {
            RandomAccess.SetLength(_file, length); // what was unfinished must not follow the next entry
            if (length == 0)
                _buffer.Write(EntryFormat.FileHeader());
            Flush();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public bool IsClosed => _file.IsClosed;

    /// <summary>Bytes of the file and of what waits for a flush.</summary>
    public long Length => _length + _buffer.WrittenCount;

    /// <summary>Adds an entry; it is in the file after <see cref="Flush"/>. Refused while the file cannot be written, so that nothing piles up.</summary>
    public void Append(ReadOnlySpan<byte> payload)
    {
        if (_isFailing || _buffer.WrittenCount > MaxBufferedBytes)
            Flush();
        EntryFormat.WriteEntryHeader(_buffer.GetSpan(EntryFormat.EntryHeaderBytes), payload);
        _buffer.Advance(EntryFormat.EntryHeaderBytes);
        _buffer.Write(payload);
    }

    /// <summary>Hands everything to the operating system: it survives the process.</summary>
    public void Flush()
    {
        if (_buffer.WrittenCount == 0)
            return;
        try
        {
            RandomAccess.Write(_file, _buffer.WrittenSpan, _length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            _isFailing = true;
            throw CannotStore(Path, error);
        }

        _isFailing = false;
        _length += _buffer.WrittenCount;
        _buffer.ResetWrittenCount();
    }

    /// <summary>Hands everything to the disk: it survives the machine.</summary>
    public void FlushToDisk()
    {
        Flush();
        RandomAccess.FlushToDisk(_file);
    }

    public void Dispose() => _file.Dispose();

    public static KinesisApiException CannotStore(string path, Exception error) => error is ObjectDisposedException
        ? ServiceRefusal.ServiceFault("This LocalKinesis was closed; it stores nothing more.")
        : ServiceRefusal.ServiceFault($"{path} cannot be written: {error.Message} The call may not be stored; repeat it when the disk has room and the file is writable.");
}
