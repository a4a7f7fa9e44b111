using System.Formats.Cbor;
using System.Text;
using System.Text.Json;
using CsCheck;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Service;

public sealed class PutRecordsTests
{
    private const string CborType = "application/x-amz-cbor-1.1";

    private const string OneStored = """{"FailedRecordCount":0,"Records":[{"ShardId":"shardId-000000000000","SequenceNumber":"1"}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Gen<PutRecordsEntry[]> Batches =>
        (from data in Gen.Byte.Array[0, 200]
         from key in Gen.String[1, 30]
         from hasHash in Gen.Bool
         from low in Gen.ULong
         select new PutRecordsEntry(data, key, hasHash ? ((UInt128)low << 64) | low : null)).Array[1, 30];

    [Fact]
    public void A_batch_in_JSON_is_what_a_JSON_reader_reads() => Batches.Sample(batch =>
    {
        using var document = JsonDocument.Parse(Send(batch, KinesisWireFormat.Json));
        Assert.Equal("orders", document.RootElement.GetProperty("StreamName").GetString());
        var records = document.RootElement.GetProperty("Records").EnumerateArray().ToList();
        Assert.Equal(batch.Length, records.Count);
        for (var i = 0; i < batch.Length; i++)
        {
            Assert.Equal(batch[i].Data.ToArray(), records[i].GetProperty("Data").GetBytesFromBase64());
            Assert.Equal(WithoutLoneSurrogates(batch[i].PartitionKey!), records[i].GetProperty("PartitionKey").GetString());
            Assert.Equal(batch[i].ExplicitHashKey?.ToString(), records[i].TryGetProperty("ExplicitHashKey", out var hash) ? hash.GetString() : null);
        }
    });

    [Fact]
    public void A_batch_in_CBOR_is_what_the_library_would_write() => Batches.Sample(batch =>
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartMap(2);
        writer.WriteTextString("StreamName");
        writer.WriteTextString("orders");
        writer.WriteTextString("Records");
        writer.WriteStartArray(batch.Length);
        foreach (var entry in batch)
        {
            writer.WriteStartMap(entry.ExplicitHashKey is null ? 2 : 3);
            writer.WriteTextString("Data");
            writer.WriteByteString(entry.Data.Span);
            writer.WriteTextString("PartitionKey");
            writer.WriteTextString(WithoutLoneSurrogates(entry.PartitionKey!));
            if (entry.ExplicitHashKey is { } hash)
            {
                writer.WriteTextString("ExplicitHashKey");
                writer.WriteTextString(hash.ToString());
            }

            writer.WriteEndMap();
        }

        writer.WriteEndArray();
        writer.WriteEndMap();
        Assert.Equal(writer.Encode(), Send(batch, KinesisWireFormat.Cbor));
    });

    [Fact]
    public async Task A_record_without_a_key_goes_out_without_one()
    {
        var service = new FakeService().Answers(OneStored);
        await using var api = service.Client();

        await api.PutRecordsAsync(new(new("orders"), new PutRecordsEntry[] { new("a"u8.ToArray(), null) }), Token);

        Assert.Equal("""{"StreamName":"orders","Records":[{"Data":"YQ=="}]}""", service.Requests[0].Text);
    }

    [Fact]
    public async Task An_ARN_goes_out_instead_of_the_name()
    {
        var service = new FakeService().Answers("""{"ShardId":"shardId-000000000000","SequenceNumber":"7","EncryptionType":"KMS"}""");
        await using var api = service.Client();

        var result = await api.PutRecordAsync(new("orders", "arn:x"), new("a"u8.ToArray(), "k"), SequenceNumber.Parse("6"), Token);

        Assert.Equal("""{"StreamARN":"arn:x","Data":"YQ==","PartitionKey":"k","SequenceNumberForOrdering":"6"}""", service.Requests[0].Text);
        Assert.Equal(new("shardId-000000000000", SequenceNumber.Parse("7")), result);
    }

    [Fact]
    public async Task Results_in_CBOR_are_read_with_nulls_in_indefinite_containers()
    {
        var writer = new CborWriter(CborConformanceMode.Lax);
        writer.WriteStartMap(null);
        writer.WriteTextString("EncryptionType");
        writer.WriteTextString("NONE");
        writer.WriteTextString("Records");
        writer.WriteStartArray(null);
        WriteResult(writer, "shardId-000000000003", "49600871682957036442365024926191073437251060580128653314", null);
        WriteResult(writer, null, null, "ProvisionedThroughputExceededException");
        writer.WriteEndArray();
        writer.WriteEndMap();
        var service = new FakeService().Answers(writer.Encode(), CborType);
        await using var api = service.Client(options => options.WireFormat = KinesisWireFormat.Cbor);

        var response = await api.PutRecordsAsync(new(new("orders"), new PutRecordsEntry[2]), Token);

        Assert.Equal("NONE", response.EncryptionType);
        Assert.Equal(1, response.FailedRecordCount);
        Assert.Equal("49600871682957036442365024926191073437251060580128653314", response.Records[0].SequenceNumber.ToString());
        Assert.False(response.Records[1].Succeeded);
        Assert.Equal("words", response.Records[1].ErrorMessage);
    }

    /// <summary>Only what is clearly stored counts as stored.</summary>
    [Theory]
    [InlineData("""{"FailedRecordCount":0,"Records":[]}""")]
    [InlineData("""{"FailedRecordCount":0}""")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("""{"Records":[{}]}""")]
    [InlineData("""{"Records":[{"ShardId":"shardId-000000000000"}]}""")]
    [InlineData("""{"Records":[{"SequenceNumber":"1"}]}""")]
    [InlineData("""{"Records":[{"SequenceNumber":"one","ShardId":"a"}]}""")]
    [InlineData("""{"Records":[{"SequenceNumber":"1","ShardId":"a"},{"SequenceNumber":"2","ShardId":"a"}]}""")]
    [InlineData("""{"Records":{"SequenceNumber":"1","ShardId":"a"}}""")]
    [InlineData("<html>")]
    public async Task An_answer_that_does_not_settle_every_record_is_no_success(string json)
    {
        var service = new FakeService().Answers(json);
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(
            async () => await api.PutRecordsAsync(new(new("orders"), new PutRecordsEntry[1]), Token));

        Assert.Equal(KinesisErrorKind.MalformedResponse, error.Kind);
    }

    [Fact]
    public async Task Shard_ids_of_many_results_are_one_string()
    {
        var one = """{"ShardId":"shardId-000000000000","SequenceNumber":"1"}""";
        var service = new FakeService().Answers($$"""{"Records":[{{one}},{{one}},{{one}}]}""");
        await using var api = service.Client();

        var response = await api.PutRecordsAsync(new(new("orders"), new PutRecordsEntry[3]), Token);

        Assert.Same(response.Records[0].ShardId, response.Records[2].ShardId);
    }

    [Fact]
    public async Task A_stream_without_name_and_ARN_is_the_callers_error()
    {
        await using var api = new FakeService().Client();
        await Assert.ThrowsAsync<ArgumentException>(async () => await api.PutRecordsAsync(new(default, new PutRecordsEntry[1]), Token));
    }

    private static void WriteResult(CborWriter writer, string? shardId, string? number, string? code)
    {
        writer.WriteStartMap(null);
        foreach (var (name, value) in new[] { ("ShardId", shardId), ("SequenceNumber", number), ("ErrorCode", code), ("ErrorMessage", code is null ? null : "words") })
        {
            writer.WriteTextString(name);
            if (value is null)
                writer.WriteNull();
            else
                writer.WriteTextString(value);
        }

        writer.WriteEndMap();
    }

    private static byte[] Send(PutRecordsEntry[] batch, KinesisWireFormat format)
    {
        var service = new FakeService().Fails("ResourceNotFoundException");
        var api = service.Client(options => options.WireFormat = format);
        Assert.Throws<KinesisApiException>(() => api.PutRecordsAsync(new(new("orders"), batch), Token).AsTask().GetAwaiter().GetResult());
        return service.Requests[0].Body;
    }

    private static string WithoutLoneSurrogates(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
