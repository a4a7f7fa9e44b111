using System.Buffers;
using System.Text;
using CsCheck;
using KinesisClientNet.Core.Service.EventStream;
using KinesisClientNet.Core.Service.Http;

namespace KinesisClientNet.Core.Tests.Service.EventStream;

public sealed class EventStreamTests
{
    /// <summary>Byte vectors of the service reference, section 8.4.</summary>
    private const string EmptyMessage = "000000100000000005c248eb7d98c8ff";

    private const string InitialResponse =
        "0000007200000060ab820d9e0b3a6576656e742d74797065070010696e697469616c2d726573706f6e73650d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e310d3a6d6573736167652d747970650700056576656e747b7dacae6b7d";

    private const string Heartbeat =
        "000000bb000000653fed73bb0b3a6576656e742d74797065070015537562736372696265546f53686172644576656e740d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e310d3a6d6573736167652d747970650700056576656e747b225265636f726473223a5b5d2c22436f6e74696e756174696f6e53657175656e63654e756d626572223a2231222c224d696c6c6973426568696e644c6174657374223a307d059dcce5";

    private const string HeartbeatPayload = """{"Records":[],"ContinuationSequenceNumber":"1","MillisBehindLatest":0}""";

    [Theory]
    [InlineData(EmptyMessage, "", "")]
    [InlineData(InitialResponse, "initial-response", "{}")]
    [InlineData(Heartbeat, "SubscribeToShardEvent", HeartbeatPayload)]
    public void A_known_message_is_read(string hex, string name, string payload)
    {
        var buffer = new ReadOnlySequence<byte>(Convert.FromHexString(hex));

        Assert.True(EventStreamDecoder.TryRead(ref buffer, out var message));

        Assert.Equal(EventStreamMessageType.Event, message.Type);
        Assert.Equal(name, message.Name);
        Assert.Equal(payload, Encoding.UTF8.GetString(message.Payload));
        Assert.True(buffer.IsEmpty);
    }

    [Theory]
    [InlineData("initial-response", "{}", InitialResponse)]
    [InlineData("SubscribeToShardEvent", HeartbeatPayload, Heartbeat)]
    public void A_message_is_written_byte_for_byte(string name, string payload, string hex)
    {
        using var buffer = new PooledBuffer();
        EventStreamWriter.WriteEvent(buffer, name, Encoding.UTF8.GetBytes(payload));
        Assert.Equal(hex, Convert.ToHexStringLower(buffer.WrittenSpan));
    }

    [Fact]
    public void Messages_are_read_from_any_cut_of_the_stream()
    {
        var cases =
            from payloads in Gen.Byte.Array[0, 400].Array[1, 5]
            from segment in Gen.Int[1, 97]
            select (payloads, segment);
        cases.Sample(item =>
        {
            using var stream = new PooledBuffer();
            foreach (var payload in item.payloads)
                EventStreamWriter.WriteEvent(stream, "SubscribeToShardEvent", payload);
            var buffer = Segments.Of(stream.WrittenSpan.ToArray(), item.segment);

            foreach (var payload in item.payloads)
            {
                Assert.True(EventStreamDecoder.TryRead(ref buffer, out var message));
                Assert.Equal("SubscribeToShardEvent", message.Name);
                Assert.Equal(payload, message.Payload.ToArray());
            }

            Assert.True(buffer.IsEmpty);
        });
    }

    [Fact]
    public void A_part_of_a_message_is_no_message()
    {
        var whole = Convert.FromHexString(Heartbeat);
        for (var length = 0; length < whole.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(whole.AsMemory(0, length));
            Assert.False(EventStreamDecoder.TryRead(ref buffer, out _));
            Assert.Equal(length, buffer.Length);
        }
    }

    [Fact]
    public void Any_flipped_bit_is_detected()
    {
        var whole = Convert.FromHexString(Heartbeat);
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var broken = (byte[])whole.Clone();
            broken[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<FormatException>(() => Read(broken));
        }
    }

    [Theory]
    [InlineData(15, 0)]
    [InlineData(int.MaxValue, 0)]
    [InlineData(EventStreamFormat.MaxMessageBytes + 1, 0)]
    [InlineData(1 << 20, EventStreamFormat.MaxHeadersBytes + 1)]
    [InlineData(100, 85)]
    public void Lengths_beyond_the_limits_are_refused_before_anything_is_waited_for(int total, int headers)
    {
        var prelude = new byte[12];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(prelude, total);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(prelude.AsSpan(4), headers);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(8), System.IO.Hashing.Crc32.HashToUInt32(prelude.AsSpan(0, 8)));

        Assert.Throws<FormatException>(() => Read(prelude));
    }

    [Fact]
    public void Headers_of_every_type_are_passed_over()
    {
        byte[] headers =
        [
            1, (byte)'a', 0, 1, (byte)'b', 1, 1, (byte)'c', 2, 7, 1, (byte)'d', 3, 0, 1, 1, (byte)'e', 4, 0, 0, 0, 1,
            1, (byte)'f', 5, 0, 0, 0, 0, 0, 0, 0, 1, 1, (byte)'g', 6, 0, 2, 8, 9, 1, (byte)'h', 8, 0, 0, 0, 0, 0, 0, 0, 1,
            1, (byte)'i', 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
            .. "\r:message-type"u8, 7, 0, 5, .. "error"u8, .. "\v:error-code"u8, 7, 0, 4, .. "Gone"u8, .. "\u000e:error-message"u8, 7, 0, 3, .. "why"u8,
        ];

        var message = EventStreamHeaders.Read(headers, default);

        Assert.Equal(new(EventStreamMessageType.Error, "Gone", "why", default), message);
    }

    [Theory]
    [InlineData(new byte[] { 1, 97, 10 })]
    [InlineData(new byte[] { 1, 97, 7, 0, 9, 1 })]
    [InlineData(new byte[] { 200, 97 })]
    [InlineData(new byte[] { 1 })]
    public void Broken_headers_are_a_format_error(byte[] headers) =>
        Assert.Throws<FormatException>(() => EventStreamHeaders.Read(headers, default));

    [Fact]
    public void A_message_type_that_nobody_knows_is_a_format_error()
    {
        using var buffer = new PooledBuffer();
        EventStreamWriter.Write(buffer, [new(":message-type", "rumour")], []);
        Assert.Throws<FormatException>(() => Read(buffer.WrittenSpan.ToArray()));
    }

    private static EventStreamMessage Read(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        EventStreamDecoder.TryRead(ref buffer, out var message);
        return message;
    }
}
