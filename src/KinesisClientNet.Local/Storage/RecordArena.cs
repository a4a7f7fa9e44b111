namespace KinesisClientNet.Local.Storage;

/// <summary>
/// Copies payloads one after the other into shared arrays, so that a small record costs no object of its own. Arrays are never written
/// twice, so a slice stays valid as long as somebody holds it. The owner's lock guards it.
/// </summary>
internal sealed class RecordArena
{
    private const int FirstChunkBytes = 1024;
    private const int MaxChunkBytes = 256 * 1024;

    private byte[] _chunk = [];
    private int _used;
    private int _nextChunkBytes = FirstChunkBytes;

    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return ReadOnlyMemory<byte>.Empty;
        if (data.Length > _chunk.Length - _used && !TryStartChunk(data.Length))
            return data.ToArray();
        data.CopyTo(_chunk.AsSpan(_used));
        var slice = new ReadOnlyMemory<byte>(_chunk, _used, data.Length);
        _used += data.Length;
        return slice;
    }

    /// <summary>A record above a quarter of a chunk gets its own array: the rest of the chunk would be wasted.</summary>
    private bool TryStartChunk(int dataBytes)
    {
        while (_nextChunkBytes < MaxChunkBytes && dataBytes > _nextChunkBytes / 4)
            _nextChunkBytes *= 2;
        if (dataBytes > _nextChunkBytes / 4)
            return false;
        _chunk = GC.AllocateUninitializedArray<byte>(_nextChunkBytes);
        _used = 0;
        _nextChunkBytes = Math.Min(_nextChunkBytes * 2, MaxChunkBytes);
        return true;
    }
}
