using System.Text;
using CsCheck;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Tests.Service.Endpoints;

namespace KinesisClientNet.Core.Tests.Service;

/// <summary>Buffers, the interner, times on the wire, the user agent.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed class SmallPartsTests
{
    [Fact]
    public void A_buffer_holds_what_was_written_in_any_pieces() => Gen.Byte.Array[0, 500].Array[0, 40].Sample(pieces =>
    {
        using var buffer = new PooledBuffer(16);
        foreach (var piece in pieces)
        {
            if (piece.Length % 2 == 0)
            {
                buffer.Write(piece);
                continue;
            }

            piece.CopyTo(buffer.GetMemory(piece.Length));
            buffer.Advance(piece.Length);
        }

        Assert.Equal(pieces.SelectMany(piece => piece).ToArray(), buffer.WrittenSpan.ToArray());
    });

    [Fact]
    public void A_buffer_is_returned_once_and_refuses_to_advance_beyond_its_end()
    {
        var buffer = new PooledBuffer(16);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
        buffer.Dispose();
        buffer.Dispose();
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void An_interned_text_is_the_text() => Gen.String[0, 100].Array[1, 200].Sample(texts =>
    {
        var interner = new Utf8Interner();
        foreach (var text in texts)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            Assert.Equal(Encoding.UTF8.GetString(utf8), interner.Get(utf8));
            Assert.Equal(Encoding.UTF8.GetString(utf8), interner.Get(utf8));
        }
    }, iter: 100);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1_700_000_000, 1_700_000_000_000)]
    [InlineData(1_700_000_000.123, 1_700_000_000_123)]
    [InlineData(1_700_000_000_123, 1_700_000_000_123)]
    [InlineData(-5, -5000)]
    public void A_time_is_judged_by_its_magnitude(double number, long milliseconds) =>
        Assert.Equal(milliseconds, WireTimestamp.FromNumber(number).ToUnixTimeMilliseconds());

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.MinValue)]
    [InlineData(1e18)]
    public void What_is_no_time_is_a_format_error(double number) => Assert.Throws<FormatException>(() => WireTimestamp.FromNumber(number));

    [Theory]
    [InlineData(null, false)]
    [InlineData("billing", true)]
    [InlineData("two words\r\nX-Evil: 1", true)]
    public void The_user_agent_carries_the_application_id_and_nothing_that_breaks_a_header(string? id, bool isNamed)
    {
        var agent = ClientIdentity.UserAgent(id);
        Assert.StartsWith("KinesisClientNet/", agent, StringComparison.Ordinal);
        Assert.Equal(isNamed, agent.Contains(" app/", StringComparison.Ordinal));
        Assert.DoesNotContain('\n', agent);
        Assert.DoesNotContain('+', agent[..agent.IndexOf(' ', StringComparison.Ordinal)]);
    }

    [Theory]
    [InlineData("true", "application/x-amz-json-1.1")]
    [InlineData("1", "application/x-amz-json-1.1")]
    [InlineData("false", "application/x-amz-cbor-1.1")]
    public async Task CBOR_can_be_switched_off_from_outside(string value, string contentType)
    {
        using var environment = new AwsEnvironment("AWS_CBOR_DISABLE=" + value);
        var service = new FakeService().Answers("""{"Records":[]}""");
        await using var api = service.Client(options => options.WireFormat = KinesisWireFormat.Cbor);

        (await api.GetRecordsAsync(new(new("s"), "i"), TestContext.Current.CancellationToken)).Dispose();

        Assert.Equal(contentType, service.Requests[0].Headers["Content-Type"]);
    }
}
