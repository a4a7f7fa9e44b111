using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>KCL's serialised stream identifier: <c>[0-9]+:[^:]+:[0-9]+</c>, the epoch greater than 0 (KCL reference §1.11).</summary>
public sealed class StreamIdentityTests
{
    [Theory]
    [InlineData("123456789012:orders:1700000000", true)]
    [InlineData("1:o:1", true)]
    [InlineData("123456789012:orders:0", false)]
    [InlineData("123456789012:orders", false)]
    [InlineData("orders", false)]
    [InlineData("a:orders:1", false)]
    [InlineData("1::1", false)]
    [InlineData("1:orders:-1", false)]
    [InlineData("1:or:ders:1", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_KCLs_form_is_read(string? text, bool isIdentity)
    {
        Assert.Equal(isIdentity, StreamIdentity.TryParse(text, out var identity));
        if (isIdentity)
            Assert.Equal(text, identity.ToString());
    }

    [Fact]
    public void It_is_made_of_the_account_the_name_and_the_second_of_creation()
    {
        var identity = StreamIdentity.Of(new()
        {
            StreamName = "orders",
            StreamArn = "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders",
            StreamStatus = "ACTIVE",
            StreamCreationTimestamp = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_789),
        });

        Assert.Equal("123456789012:orders:1700000000", identity.ToString());
        Assert.Equal("123456789012:orders:1700000000:shardId-000000000012", new LeasedStream(new("orders"), StartingPosition.Latest, identity.ToString()).KeyOf("shardId-000000000012"));
    }

    [Fact]
    public void An_unknown_streams_ARN_is_made_beside_a_known_one() => Assert.Equal(
        "arn:aws-cn:kinesis:cn-north-1:999999999999:stream/audit",
        new StreamIdentity("999999999999", "audit", 5).ArnLike("arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders"));
}
