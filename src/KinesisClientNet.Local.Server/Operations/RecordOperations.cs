using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>The operations that write and read records.</summary>
internal sealed class RecordOperations(IKinesisApi kinesis)
{
    private static readonly MemberRule Entry = new("Record", MemberKind.Structure)
    {
        Members =
        [
            new MemberRule("Data", MemberKind.Blob) { Least = 0, Most = 10_485_760 }.Required(),
            Member.HashKey("ExplicitHashKey"),
            Member.Text("PartitionKey", 1, 256),
        ],
    };

    public IEnumerable<Operation> All =>
    [
        new("PutRecord", [Member.StreamName, .. Entry.Members, Member.SequenceNumber("SequenceNumberForOrdering"), Member.StreamArn, Member.DryRun], PutRecordAsync),
        new("PutRecords", [new MemberRule("Records", MemberKind.List) { Least = 1, Most = 500, Element = Entry }.Required(), Member.StreamName, Member.StreamArn, Member.DryRun], PutRecordsAsync)
        {
            Direct = PutRecordsDirectlyAsync,
        },
        new("GetShardIterator", [Member.StreamName, Member.ShardId.Required(), Member.ShardIteratorType, Member.SequenceNumber("StartingSequenceNumber"), Member.Time("Timestamp"), Member.StreamArn, Member.DryRun], GetShardIteratorAsync),
        new("GetRecords", [Member.Text("ShardIterator", 1, 512).Required(), Member.Integer("Limit", least: 1), Member.StreamArn, Member.DryRun], GetRecordsAsync),
    ];

    private async ValueTask PutRecordAsync(OperationCall call)
    {
        var stream = call.Stream();
        await RefuseDryRunAsync(call, stream).ConfigureAwait(false);
        var record = new PutRecordsEntry(call.Value("Data")!.Bytes, call.OptionalText("PartitionKey"), call.HashKey("ExplicitHashKey"));
        var result = await kinesis.PutRecordAsync(stream, record, call.Sequence("SequenceNumberForOrdering"), call.Cancellation).ConfigureAwait(false);
        call.Answer.StartMap();
        call.Answer.Sequence("SequenceNumber"u8, result.SequenceNumber);
        call.Answer.OptionalText("ShardId"u8, result.ShardId);
        call.Answer.EndMap();
    }

    private async ValueTask PutRecordsAsync(OperationCall call)
    {
        var stream = call.Stream();
        await RefuseDryRunAsync(call, stream).ConfigureAwait(false);
        var entries = call.Value("Records")!.Items.Select(item =>
        {
            item.Members.TryGetValue("PartitionKey", out var key);
            item.Members.TryGetValue("ExplicitHashKey", out var hashKey);
            return new PutRecordsEntry(
                item.Members["Data"].Bytes,
                key is { Kind: WireKind.Text } ? key.Text : null,
                OperationCall.ToHashKey(hashKey is { Kind: WireKind.Text } ? hashKey : null, "ExplicitHashKey"));
        }).ToArray();
        Write(call.Answer, await kinesis.PutRecordsAsync(new(stream, entries), call.Cancellation).ConfigureAwait(false));
    }

    private async ValueTask<bool> PutRecordsDirectlyAsync(DirectCall call)
    {
        using var body = new PutRecordsBody();
        if (!body.TryRead(call.Body, call.Format))
            return false;
        Write(call.Answer, await kinesis.PutRecordsAsync(body.Request, call.Cancellation).ConfigureAwait(false));
        return true;
    }

    private static void Write(BodyWriter answer, PutRecordsResponse response)
    {
        answer.StartMap();
        answer.Number("FailedRecordCount"u8, response.FailedRecordCount);
        answer.StartList("Records"u8);
        var records = response.Records;
        for (var i = 0; i < records.Count; i++)
        {
            var record = records[i];
            answer.StartMap();
            if (record.Succeeded)
            {
                answer.Sequence("SequenceNumber"u8, record.SequenceNumber);
                answer.Text("ShardId"u8, record.ShardId);
            }
            else
            {
                answer.Text("ErrorCode"u8, record.ErrorCode);
                answer.OptionalText("ErrorMessage"u8, record.ErrorMessage);
            }

            answer.EndMap();
        }

        answer.EndList();
        answer.OptionalText("EncryptionType"u8, response.EncryptionType);
        answer.EndMap();
    }

    private async ValueTask GetShardIteratorAsync(OperationCall call)
    {
        var stream = call.Stream();
        await RefuseDryRunAsync(call, stream).ConfigureAwait(false);
        var position = OperationCall.ToPosition(call.Text("ShardIteratorType"), call.Value("StartingSequenceNumber"), call.Value("Timestamp"));
        var iterator = await kinesis.GetShardIteratorAsync(stream, call.Text("ShardId"), position, call.Cancellation).ConfigureAwait(false);
        call.Answer.StartMap();
        call.Answer.Text("ShardIterator"u8, iterator);
        call.Answer.EndMap();
    }

    private async ValueTask GetRecordsAsync(OperationCall call)
    {
        if (call.Flag("DryRun"))
            throw FrontRefusal.DryRun();
        var request = new GetRecordsRequest(new(null, call.OptionalText("StreamARN")), call.Text("ShardIterator"), call.Integer("Limit"));
        using var page = await kinesis.GetRecordsAsync(request, call.Cancellation).ConfigureAwait(false);
        call.Answer.StartMap();
        call.Answer.Records(page.Records);
        call.Answer.OptionalText("NextShardIterator"u8, page.NextShardIterator);
        if (page.MillisBehindLatest is { } behind)
            call.Answer.Number("MillisBehindLatest"u8, behind);
        call.Answer.ChildShards(page.ChildShards);
        call.Answer.EndMap();
    }

    /// <summary>A dry run that would have been allowed ends in DryRunOperationException; a missing stream is found before.</summary>
    private async ValueTask RefuseDryRunAsync(OperationCall call, StreamReference stream)
    {
        if (!call.Flag("DryRun"))
            return;
        await kinesis.DescribeStreamSummaryAsync(stream, call.Cancellation).ConfigureAwait(false);
        throw FrontRefusal.DryRun();
    }
}
