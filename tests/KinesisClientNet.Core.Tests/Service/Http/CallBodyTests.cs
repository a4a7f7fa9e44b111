using System.Security.Cryptography;
using CsCheck;
using KinesisClientNet.Core.Service.Http;

namespace KinesisClientNet.Core.Tests.Service.Http;

/// <summary>Issue 8: a request's body is not one array; what goes out, and what is signed, must be as if it were.</summary>
public sealed class CallBodyTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    private static readonly Gen<(byte[] Frame, byte[] Payload)[]> Pieces =
        Gen.Select(Gen.Byte.Array[0, 300], Gen.OneOf(Gen.Byte.Array[0, 40], Gen.Byte.Array[60_000, 70_000], Gen.Byte.Array[131_000, 131_100])).Array[0, 6];

    [Fact]
    public async Task Bytes_hash_and_length_are_those_of_the_pieces_in_their_order_however_often_it_is_sent() =>
        await Pieces.SampleAsync(
            async pieces =>
            {
                using var body = new CallBody(new PooledBuffer());
                foreach (var (frame, payload) in pieces)
                {
                    body.Frame.Write(frame);
                    body.Borrow(payload);
                }

                body.Frame.Write("end"u8);
                byte[] expected = [.. pieces.SelectMany(piece => piece.Frame.Concat(piece.Payload)), .. "end"u8];

                Assert.Equal(expected.Length, body.Length);
                Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(expected)), body.Hash());
                Assert.Equal(expected, await SentAsync(body));
                Assert.Equal(expected, await SentAsync(body));
                Assert.Equal(expected, await SentAsync(body.Copy()));
            },
            iter: 60);

    [Fact]
    public async Task A_copy_does_not_change_when_the_payload_does()
    {
        var payload = new byte[2_000];
        using var body = new CallBody(new PooledBuffer());
        body.Borrow(payload);

        var copy = body.Copy();
        payload[0] = 1;

        Assert.Equal(0, (await SentAsync(copy))[0]);
        Assert.Equal(1, (await SentAsync(body))[0]);
    }

    private static async Task<byte[]> SentAsync(CallBody body)
    {
        using var stream = new MemoryStream();
        using var content = new RequestBody(body);
        await content.CopyToAsync(stream, Stop);
        Assert.Equal(stream.Length, content.Headers.ContentLength);
        return stream.ToArray();
    }
}
