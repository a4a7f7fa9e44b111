using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace KinesisClientNet.Local.Reading;

/// <summary>
/// Makes and reads the opaque tokens of the service: what a token means, when it was made, and a signature, so that a token that was
/// changed, made up, or made by another instance is refused. No table of live tokens is kept.
/// </summary>
internal sealed class SignedTokens(TimeProvider clock, byte[] key)
{
    private const int BodyBytes = 1 + 8 + 8 + 4 + 8 + 8;
    private const int SignatureBytes = 16;
    private const int TokenBytes = BodyBytes + SignatureBytes;
    private const int MaxTextLength = (TokenBytes + 2) / 3 * 4;

    public string Make(in TokenContent content)
    {
        Span<byte> token = stackalloc byte[TokenBytes];
        token[0] = (byte)content.Kind;
        BinaryPrimitives.WriteInt64BigEndian(token[1..], clock.GetUtcNow().ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(token[9..], content.StreamKey);
        BinaryPrimitives.WriteInt32BigEndian(token[17..], content.ShardIndex);
        BinaryPrimitives.WriteInt64BigEndian(token[21..], content.Position);
        BinaryPrimitives.WriteInt64BigEndian(token[29..], content.Extra);
        Sign(token[..BodyBytes], token[BodyBytes..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Reads a token of the kind; false when it is not one.</summary>
    public bool TryRead(string text, TokenKind kind, out TokenContent content, out DateTimeOffset madeAt)
    {
        (content, madeAt) = (default, default);
        Span<byte> utf8 = stackalloc byte[MaxTextLength];
        Span<byte> token = stackalloc byte[MaxTextLength];
        if (text.Length > MaxTextLength || !Encoding.ASCII.TryGetBytes(text, utf8, out var written) || !Base64Url.IsValid(utf8[..written], out var decoded) ||
            decoded != TokenBytes)
        {
            return false;
        }

        _ = Base64Url.DecodeFromUtf8(utf8[..written], token);
        Span<byte> signature = stackalloc byte[SignatureBytes];
        Sign(token[..BodyBytes], signature);
        if (token[0] != (byte)kind || !signature.SequenceEqual(token[BodyBytes..TokenBytes]))
            return false;
        madeAt = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(token[1..]));
        content = new(
            kind, BinaryPrimitives.ReadInt64BigEndian(token[9..]), BinaryPrimitives.ReadInt32BigEndian(token[17..]),
            BinaryPrimitives.ReadInt64BigEndian(token[21..]), BinaryPrimitives.ReadInt64BigEndian(token[29..]));
        return true;
    }

    private void Sign(ReadOnlySpan<byte> body, Span<byte> signature)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, body, mac);
        mac[..SignatureBytes].CopyTo(signature);
    }
}
