using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KinesisClientNet.Core.Tests;

/// <summary>Issue 3: typed serializers over System.Text.Json's generated code.</summary>
public sealed partial class JsonMessageSerializerTests
{
    private static readonly JsonMessageSerializer<Order> Serializer = new(OrderContext.Default.Order);

    [Fact]
    public void A_message_comes_back_as_it_was()
    {
        var output = new ArrayBufferWriter<byte>();

        Serializer.Serialize(new Order("a-1", 3), output);
        Serializer.Serialize(new Order("b-2", 4), output);

        Assert.Equal("""{"Id":"a-1","Count":3}{"Id":"b-2","Count":4}""", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(new Order("b-2", 4), Serializer.Deserialize(output.WrittenSpan[22..]));
    }

    [Fact]
    public void A_message_that_fails_leaves_the_next_one_whole()
    {
        var failing = new JsonMessageSerializer<Failing>(OrderContext.Default.Failing);
        Assert.Throws<InvalidOperationException>(() => failing.Serialize(new Failing(), new ArrayBufferWriter<byte>()));
        var output = new ArrayBufferWriter<byte>();

        Serializer.Serialize(new Order("a-1", 3), output);

        Assert.Equal(new Order("a-1", 3), Serializer.Deserialize(output.WrittenSpan));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"Id\":")]
    [InlineData("")]
    public void A_payload_that_is_no_message_is_refused(string payload) =>
        Assert.ThrowsAny<JsonException>(() => Serializer.Deserialize(Encoding.UTF8.GetBytes(payload)));

    [Fact]
    public void Nothing_is_allocated_for_a_message_once_a_thread_has_written_one()
    {
        var (order, output) = (new Order("a-1", 3), new ArrayBufferWriter<byte>(4_096));
        Serializer.Serialize(order, output);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++)
        {
            output.ResetWrittenCount();
            Serializer.Serialize(order, output);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000);
    }

    internal sealed record Order(string Id, int Count);

    internal sealed record Failing
    {
        public string Text => throw new InvalidOperationException("cannot be read");
    }

    [JsonSerializable(typeof(Order))]
    [JsonSerializable(typeof(Failing))]
    internal sealed partial class OrderContext : JsonSerializerContext;
}
