using System.Globalization;
using System.Text;
using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>The operations on the account as a whole.</summary>
internal sealed class AccountOperations(LocalKinesis kinesis)
{
    /// <summary>The service lists a hundred streams at once, whatever is asked (Kinesis API reference, ListStreams).</summary>
    private const int MostStreamsListed = 100;

    private const string Commitment = "MinimumThroughputBillingCommitment";

    private static readonly TimeSpan TokenLifetime = TimeSpan.FromSeconds(300);

    public IEnumerable<Operation> All =>
    [
        new("ListStreams", [Member.PageSize("Limit"), Member.Named("ExclusiveStartStreamName"), Member.NextToken], ListStreamsAsync),
        new("DescribeLimits", [], DescribeLimitsAsync),
        new("DescribeAccountSettings", [], DescribeAccountSettingsAsync),
        new("UpdateAccountSettings", [new MemberRule(Commitment, MemberKind.Structure) { Members = [Member.Enumeration("Status", BillingCommitment.Enabled, BillingCommitment.Disabled).Required()] }.Required()], UpdateAccountSettingsAsync),
    ];

    private ValueTask ListStreamsAsync(OperationCall call)
    {
        var after = call.OptionalText("NextToken") is { } token ? ReadToken(token) : call.OptionalText("ExclusiveStartStreamName");
        var limit = Math.Min(call.Integer("Limit") ?? MostStreamsListed, MostStreamsListed);
        var streams = kinesis.Streams.All.Where(stream => after is null || string.CompareOrdinal(stream.Name, after) > 0).Take(limit + 1).ToArray();
        var page = streams[..Math.Min(limit, streams.Length)];
        var answer = call.Answer;
        answer.StartMap();
        answer.Items("StreamNames"u8, [.. page.Select(stream => stream.Name)]);
        answer.Flag("HasMoreStreams"u8, streams.Length > limit);
        if (streams.Length > limit)
            answer.Text("NextToken"u8, MakeToken(page[^1].Name));
        answer.StartList("StreamSummaries"u8);
        foreach (var stream in page)
        {
            answer.StartMap();
            answer.Text("StreamName"u8, stream.Name);
            answer.Text("StreamARN"u8, stream.Arn);
            answer.Text("StreamStatus"u8, stream.Status);
            answer.StartMap("StreamModeDetails"u8);
            answer.Text("StreamMode"u8, stream.Settings.Mode);
            answer.EndMap();
            answer.Time("StreamCreationTimestamp"u8, stream.Birth.CreatedAt);
            answer.EndMap();
        }

        answer.EndList();
        answer.EndMap();
        return default;
    }

    private ValueTask DescribeLimitsAsync(OperationCall call)
    {
        var streams = kinesis.Streams.All;
        call.Answer.StartMap();
        call.Answer.Number("ShardLimit"u8, kinesis.Options.MaxOpenShards);
        call.Answer.Number("OpenShardCount"u8, streams.Where(stream => stream.Settings.IsProvisioned).Sum(stream => stream.Shards.Table.Open.Count));
        call.Answer.Number("OnDemandStreamCount"u8, streams.Count(stream => !stream.Settings.IsProvisioned));
        call.Answer.Number("OnDemandStreamCountLimit"u8, kinesis.Options.MaxOnDemandStreams);
        call.Answer.EndMap();
        return default;
    }

    private ValueTask DescribeAccountSettingsAsync(OperationCall call)
    {
        Write(call.Answer);
        return default;
    }

    private ValueTask UpdateAccountSettingsAsync(OperationCall call)
    {
        if (call.Value(Commitment)!.Members["Status"].Text == BillingCommitment.Enabled)
            kinesis.Streams.Commitment.Enable();
        else
            kinesis.Streams.Commitment.Disable();
        Write(call.Answer);
        return default;
    }

    private void Write(BodyWriter answer)
    {
        var state = kinesis.Streams.Commitment.State;
        answer.StartMap();
        answer.StartMap("MinimumThroughputBillingCommitment"u8);
        answer.Text("Status"u8, state.Status);
        if (state.StartedAt is { } started)
            answer.Time("StartedAt"u8, started);
        if (state.EndedAt is { } ended)
            answer.Time("EndedAt"u8, ended);
        if (state.EarliestAllowedEndAt is { } earliest)
            answer.Time("EarliestAllowedEndAt"u8, earliest);
        answer.EndMap();
        answer.EndMap();
    }

    /// <summary>A token is the time it was made and the last name listed.</summary>
    private string MakeToken(string lastName) => Convert.ToBase64String(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{kinesis.ServiceClock.GetUtcNow().ToUnixTimeMilliseconds()}/{lastName}")));

    private string ReadToken(string token)
    {
        var bytes = new byte[token.Length];
        var parts = Convert.TryFromBase64String(token, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length).Split('/') : [];
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var madeAt))
            throw FrontRefusal.InvalidArgument("Invalid NextToken: this service did not make it.");
        return kinesis.ServiceClock.GetUtcNow().ToUnixTimeMilliseconds() - madeAt <= TokenLifetime.TotalMilliseconds
            ? parts[1]
            : throw FrontRefusal.ExpiredNextToken($"NextToken lives {TokenLifetime.TotalSeconds} seconds; start the listing again.");
    }
}
