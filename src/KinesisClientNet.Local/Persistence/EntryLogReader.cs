using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace KinesisClientNet.Local.Persistence;

/// <summary>Reads a file's entries from the beginning. Stops at an entry that a killed process left unfinished; refuses what is damaged, by file and offset.</summary>
internal sealed class EntryLogReader(string path, bool mayBeCut)
{
    private readonly byte[] _header = new byte[EntryFormat.EntryHeaderBytes];
    private byte[] _payload = [];

    /// <summary>Where the last whole entry ends.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of an unfinished entry behind it.</summary>
    public long CutBytes { get; private set; }

    /// <summary>Hands each payload over; it is valid until the next.</summary>
    public void ReadAll(ReadOnlySpanAction<byte, long> take)
    {
        using var file = File.OpenHandle(path);
        var size = RandomAccess.GetLength(file);
        var header = new byte[EntryFormat.FileHeaderBytes];
        if (size < header.Length && mayBeCut)
        {
            CutBytes = size; // killed while the file was made: there is nothing in it
            return;
        }

        Fill(file, header, 0);
        EntryFormat.CheckFileHeader(header, path);
        Length = header.Length;
        while (Length < size && TryReadEntry(file, size, out var payload))
        {
            take(payload.Span, Length);
            Length += EntryFormat.EntryHeaderBytes + payload.Length;
        }

        CutBytes = size - Length;
        if (CutBytes > 0 && !mayBeCut)
            throw EntryFormat.Damaged(path, Length, "the last entry is not whole, and the file was finished once");
    }

    /// <summary>False at an entry that is not whole: the file ends inside it, or holds zeros only from here on, as after a power failure.</summary>
    private bool TryReadEntry(SafeFileHandle file, long size, out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        if (size - Length < _header.Length)
            return false;
        Fill(file, _header, Length);
        var length = EntryFormat.ReadEntryHeader(_header, out var checksum);
        if (length < 0)
        {
            return IsZeroFrom(file, size) ? false
                : throw EntryFormat.Damaged(path, Length, "the entry's header does not match its checksum");
        }

        if (size - Length - _header.Length < length)
            return false;
        if (_payload.Length < length)
            _payload = new byte[Math.Max(length, 2 * _payload.Length)];
        Fill(file, _payload.AsSpan(0, length), Length + _header.Length);
        payload = _payload.AsMemory(0, length);
        if (!EntryFormat.Matches(payload.Span, checksum))
            throw EntryFormat.Damaged(path, Length, "the entry does not match its checksum");
        return true;
    }

    private bool IsZeroFrom(SafeFileHandle file, long size)
    {
        var piece = new byte[64 * 1024];
        for (var at = Length; at < size; at += piece.Length)
        {
            var part = piece.AsSpan(0, (int)Math.Min(piece.Length, size - at));
            Fill(file, part, at);
            if (part.ContainsAnyExcept((byte)0))
                return false;
        }

        return true;
    }

    private void Fill(SafeFileHandle file, Span<byte> target, long offset)
    {
        while (!target.IsEmpty)
        {
            var read = RandomAccess.Read(file, target, offset);
            if (read == 0)
                throw EntryFormat.Damaged(path, offset, "the file ends before its header");
            target = target[read..];
            offset += read;
        }
    }
}
