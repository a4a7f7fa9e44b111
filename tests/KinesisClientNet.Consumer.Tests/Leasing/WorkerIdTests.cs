using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Worker ids share the key space of the lease table (KCL reference, appendix E 13).</summary>
public sealed class WorkerIdTests
{
    private static readonly StreamDirectory Streams = [new(new("orders"), Core.Service.StartingPosition.TrimHorizon, "123456789012:orders:1700000000")];

    [Theory]
    [InlineData("shardId-000000000000")]
    [InlineData("123456789012:orders:1700000000:shardId-000000000000")]
    [InlineData("Leader")]
    [InlineData("Migration3.0")]
    [InlineData("TableMigration3.5")]
    [InlineData("orders")]
    [InlineData("123456789012:orders:1700000000")]
    public void An_id_that_is_another_rows_key_is_refused(string id)
    {
        var refusal = Assert.Throws<ArgumentException>(() => WorkerIdRule.Check(id, Streams));

        Assert.Contains($"'{id}' is the key of another row", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host:4711:5f1c2a7e")]
    [InlineData("Arbeiter-Ärger-🚚")]
    [InlineData("leader")]
    public void Any_other_text_is_an_id(string id) => WorkerIdRule.Check(id, Streams);

    [Fact]
    public void An_id_longer_than_a_key_is_refused() =>
        Assert.Throws<ArgumentException>(() => WorkerIdRule.Check(new string('ä', 1025), Streams));
}
