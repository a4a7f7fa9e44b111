using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Service;

public sealed class KinesisHttpApiTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PutRecords_sends_every_record_and_reads_every_result()
    {
        var service = new FakeService().Answers(
            """{"FailedRecordCount":1,"Records":[{"SequenceNumber":"49","ShardId":"shardId-000000000001"},{"ErrorCode":"InternalFailure","ErrorMessage":"oops"}]}""");
        await using var api = service.Client();

        var response = await api.PutRecordsAsync(
            new(new("orders"), new PutRecordsEntry[] { new("abc"u8.ToArray(), "k\"1"), new("d"u8.ToArray(), "é", UInt128.MaxValue) }), Token);

        Assert.Equal(
            """{"StreamName":"orders","Records":[{"Data":"YWJj","PartitionKey":"k\"1"},{"Data":"ZA==","PartitionKey":"é","ExplicitHashKey":"340282366920938463463374607431768211455"}]}""",
            service.Requests[0].Text);
        Assert.Equal("Kinesis_20131202.PutRecords", service.Requests[0].Target);
        Assert.Equal(1, response.FailedRecordCount);
        Assert.Equal(new("shardId-000000000001", SequenceNumber.Parse("49")), response.Records[0]);
        Assert.Equal("InternalFailure", response.Records[1].ErrorCode);
        Assert.Equal("request-1", response.RequestId);
    }

    [Fact]
    public async Task A_refused_call_fails_with_code_status_and_request_id()
    {
        var service = new FakeService().Answers("""{"__type":"com.amazon#ResourceNotFoundException","Message":"no such stream"}""", 400);
        await using var api = service.Client();

        var error = await Assert.ThrowsAsync<KinesisApiException>(async () => await api.DescribeStreamSummaryAsync(new("orders"), Token));

        Assert.Equal(KinesisErrorKind.NotFound, error.Kind);
        Assert.Equal("ResourceNotFoundException", error.Code);
        Assert.Equal(400, error.HttpStatus);
        Assert.Equal("request-1", error.RequestId);
        Assert.Contains("no such stream", error.Message, StringComparison.Ordinal);
    }
}
