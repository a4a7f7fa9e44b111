using System.Diagnostics;
using System.Text;
using CsCheck;
using KinesisClientNet.Core.Aggregation;

namespace KinesisClientNet.Core.Tests.Aggregation;

/// <summary>Issue 8: an optional W3C traceparent in the KPL's record tags.</summary>
public sealed class AggregatedTraceParentTests
{
    private static readonly Gen<string?> TraceParents = Gen.Select(Gen.Bool, Gen.ULong, Gen.ULong)
        .Select((isTraced, low, span) => isTraced ? $"00-{low:x16}{span:x16}-{span:x16}-01" : null);

    private static readonly Gen<(UserRecord Record, string? TraceParent)[]> Traced =
        Gen.Select(AggregationOracle.Records, TraceParents.Array[64]).Select((records, traces) => records.Select((record, i) => (record, traces[i % traces.Length])).ToArray());

    [Fact]
    public void What_is_written_is_read_for_any_records() => Traced.Sample(records =>
    {
        var blob = Written(records);

        var read = AggregatedTraceParent.Read(blob);

        Assert.Equal(records.Select(record => record.TraceParent), Enumerable.Range(0, records.Length).Select(i => i < read.Length ? read[i] : null));
    }, iter: 200);

    [Fact]
    public void Googles_parser_sees_a_tag_and_the_records_are_the_same() => Traced.Sample(records =>
    {
        var blob = Written(records);

        var message = Oracle.AggregatedRecord.Parser.ParseFrom(blob.AsSpan(AggregatedRecordFormat.MagicBytes..^AggregatedRecordFormat.DigestBytes));
        var content = new List<AggregatedUserRecord>();
        Assert.True(AggregatedRecordReader.TryRead(blob, content));

        Assert.Equal(records.Select(record => record.Record), content.Select(UserRecord.Of));
        Assert.Equal(
            records.Select(record => record.TraceParent is null ? "" : $"traceparent={record.TraceParent}"),
            message.Records.Select(record => string.Join(";", record.Tags.Select(tag => $"{tag.Key.ToStringUtf8()}={tag.Value.ToStringUtf8()}"))));
        Assert.Equal(message.CalculateSize(), blob.Length - AggregatedRecordFormat.FrameBytes);
    }, iter: 200);

    [Fact]
    public void Without_a_traceparent_no_byte_differs_from_googles() => AggregationOracle.Records.Sample(records =>
        Assert.Equal(AggregationOracle.Encode(records), Written([.. records.Select(record => (record, (string?)null))])), iter: 100);

    [Fact]
    public void Records_of_one_caller_share_one_text()
    {
        var read = AggregatedTraceParent.Read(Written([.. Enumerable.Range(0, 3).Select(i => (new UserRecord("key", null, [(byte)i]), (string?)$"00-{1:x32}-{2:x16}-01"))]));

        Assert.Same(read[0], read[2]);
        Assert.True(ActivityContext.TryParse(read[0], null, isRemote: true, out _));
    }

    [Fact]
    public void Bytes_of_anybody_are_read_without_a_fault() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        byte[] blob = [.. AggregatedRecordFormat.Magic, .. bytes];

        Assert.All(AggregatedTraceParent.Read(blob), text => Assert.True(text is null || text.Length == AggregatedTraceParent.TextBytes));
    }, iter: 2_000);

    [Fact]
    public void A_tag_of_another_name_or_length_is_none()
    {
        var blob = Written([(new UserRecord("key", null, [1]), $"00-{1:x32}-{2:x16}-01")]);
        blob[blob.AsSpan().IndexOf("traceparent"u8)] = (byte)'T';

        Assert.Empty(AggregatedTraceParent.Read(blob));
        Assert.Empty(AggregatedTraceParent.Read("plain"u8.ToArray()));
    }

    private static byte[] Written((UserRecord Record, string? TraceParent)[] records)
    {
        using var writer = new AggregatedRecordWriter();
        foreach (var (record, traceParent) in records)
            Assert.True(writer.TryAppend(Encoding.UTF8.GetBytes(record.Key), record.ExplicitHashKey, record.Data, int.MaxValue, traceParent));
        Assert.Equal(records[^1].Record.Data, writer.LastData.ToArray());
        var bytes = new byte[writer.SerializedBytes];
        Assert.Equal(bytes.Length, writer.WriteTo(bytes));
        return bytes;
    }
}
