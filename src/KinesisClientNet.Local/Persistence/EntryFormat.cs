using System.Buffers.Binary;
using System.IO.Hashing;

namespace KinesisClientNet.Local.Persistence;

/// <summary>
/// The files' format. A file begins with sixteen bytes: <c>KCNLOCAL</c>, the version, and the checksum of both. Then entries: the payload's length,
/// the payload's checksum, the checksum of these eight bytes, the payload. Little endian; checksums are CRC-32 (zlib's).
/// </summary>
internal static class EntryFormat
{
    public const int FileHeaderBytes = 16;
    public const int EntryHeaderBytes = 12;
    public const int Version = 1;

    private static ReadOnlySpan<byte> Magic => "KCNLOCAL"u8;

    public static byte[] FileHeader()
    {
        var header = new byte[FileHeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), Crc32.HashToUInt32(header.AsSpan(0, 12)));
        return header;
    }

    /// <summary>Refuses a file that is not ours, is damaged, or is of another version.</summary>
    public static void CheckFileHeader(ReadOnlySpan<byte> header, string path)
    {
        if (!header.StartsWith(Magic))
            throw new InvalidDataException($"{path} is no file of a LocalKinesis: it does not begin with KCNLOCAL. Set LocalKinesisOptions.DataDirectory to a directory of its own.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != Crc32.HashToUInt32(header[..12]))
            throw Damaged(path, 0, "the file's header does not match its checksum");
        var version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (version != Version)
        {
            throw new InvalidDataException(
                $"{path} has format version {version}; this LocalKinesis reads version {Version}. Open it with the version that wrote it, or delete the directory to start empty.");
        }
    }

    public static void WriteEntryHeader(Span<byte> header, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Crc32.HashToUInt32(payload));
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Crc32.HashToUInt32(header[..8]));
    }

    /// <summary>The payload's length; -1 when the header is damaged.</summary>
    public static int ReadEntryHeader(ReadOnlySpan<byte> header, out uint payloadChecksum)
    {
        payloadChecksum = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        return BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == Crc32.HashToUInt32(header[..8]) && length >= 0 ? length : -1;
    }

    public static bool Matches(ReadOnlySpan<byte> payload, uint checksum) => Crc32.HashToUInt32(payload) == checksum;

    public static InvalidDataException Damaged(string path, long offset, string why) => new(
        $"{path} is damaged at offset {offset}: {why}. What lies before is intact. Restore the file from a copy, cut it off at that offset to go on with " +
        "what was stored until then, or delete the directory to start empty.");
}
