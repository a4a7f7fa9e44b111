using KinesisClientNet.Consumer;
using KinesisClientNet.Producer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Tests.Settings;

/// <summary>Issue 8: wrong configuration gives one message with path, value and allowed range, when the host starts.</summary>
public sealed class WrongSettingTests
{
    /// <summary>For each setting with a range: whose it is, a value outside, and words of the range.</summary>
    private static readonly (string Owner, string Path, string Value, string Range)[] OutOfRange =
    [
        ("producer", "StreamName", "no name!", "1 to 128 characters"),
        ("producer", "StreamArn", "arn:aws:sqs:x", "arn:aws:kinesis:"),
        ("producer", "MaxBufferedTime", "-00:00:01", "00:00:00 to 01:00:00"),
        ("producer", "RecordTtl", "00:00:00.05", "MaxBufferedTime"),
        ("producer", "ShardRateFactor", "0", "above 0"),
        ("producer", "ShutdownTimeout", "02:00:00", "00:00:00 to 01:00:00"),
        ("producer", "Aggregation:MaxBytes", "63", "64 to 1048576"),
        ("producer", "Aggregation:MaxRecords", "0", "1 to 1000000"),
        ("producer", "Aggregation:OuterPartitionKey", "", "1 to 256"),
        ("producer", "Batching:MaxRecords", "501", "1 to 500"),
        ("producer", "Batching:MaxBytes", "10485761", "1024 to 10485760"),
        ("producer", "Batching:MaxRequestsInFlight", "0", "1 to 256"),
        ("producer", "Buffer:MaxBytes", "65535", "65536"),
        ("producer", "Buffer:MaxRecords", "0", "1 to 16000000"),
        ("producer", "Retry:BaseDelay", "00:02:00", "00:00:00.0010000 to 00:01:00"),
        ("producer", "Retry:MaxDelay", "00:10:00", "00:05:00"),
        ("producer", "Retry:MaxAttempts", "0", "1 to 1000000"),
        ("producer", "Retry:MaxDoubtfulAttempts", "0", "1 to 1000"),
        ("consumer", "ApplicationName", " ", "a name"),
        ("consumer", "WorkerId", " ", "null or a text"),
        ("consumer", "StartFrom", "AtSequenceNumber", "TrimHorizon, Latest or AtTimestamp"),
        ("consumer", "StartTimestamp", "2026-01-01T00:00:00Z", "a time if StartFrom is AtTimestamp"),
        ("consumer", "ShutdownTimeout", "02:00:00", "00:00:00 to 01:00:00"),
        ("consumer", "Retrieval:PrefetchBytes", "1", "1048576 to"),
        ("consumer", "Retrieval:Polling:MaxRecords", "10001", "1 to 10000"),
        ("consumer", "Retrieval:Polling:IdleDelay", "00:02:00", "00:00:00 to 00:01:00"),
        ("consumer", "Retrieval:Polling:MaxReadsPerSecond", "0", "0.01 to 10000"),
        ("consumer", "Retrieval:Polling:MaxBytesPerSecond", "1", "1024 to"),
        ("consumer", "Retrieval:Polling:CallTimeout", "00:11:00", "to 00:10:00"),
        ("consumer", "Leases:TableName", "a", "3 to 255 characters"),
        ("consumer", "Leases:Duration", "00:00:00.5", "00:00:01"),
        ("consumer", "Leases:MaxLeases", "0", "at least 1"),
        ("consumer", "Leases:HandoverTimeout", "02:00:00", "01:00:00"),
        ("consumer", "Leases:Table:ReadyTimeout", "00:00:00", "00:00:01"),
        ("consumer", "Checkpoint:MinInterval", "02:00:00", "00:00:00 to 01:00:00"),
        ("consumer", "Checkpoint:Interval", "00:00:00", "00:00:00.1000000 to"),
        ("consumer", "Processing:MaxBatchRecords", "0", "1 to 1000000"),
        ("consumer", "Processing:Concurrency", "0", "1 to 10000"),
        ("consumer", "Processing:MaxRunAheadRecords", "0", "1 to 10000000"),
        ("consumer", "Processing:MaxConcurrentHandlers", "0", "1 to 100000"),
        ("consumer", "Processing:MaxRecordsPerSecond", "0", "0.01 to"),
        ("consumer", "Processing:HandlerWarningAfter", "00:00:00", "00:00:00.1000000 to"),
        ("consumer", "Processing:HandlerTimeout", "00:00:00", "00:00:00.1000000 to"),
        ("consumer", "Failure:Action", "DeadLetter", "MaxAttempts, MaxRecordAge or Classify"),
        ("consumer", "Failure:MaxAttempts", "0", "1 to 1000000"),
        ("consumer", "Failure:MaxRecordAge", "00:00:00", "00:00:01 to"),
        ("consumer", "Failure:FirstBackoff", "00:00:00", "00:00:00.0010000 to"),
        ("consumer", "Failure:MaxBackoff", "02:00:00", "01:00:00"),
        ("consumer", "Connection:Region", "not a region!", "a region name such as eu-west-1"),
        ("consumer", "Connection:ServiceUrl", "ftp://host", "http or https"),
        ("consumer", "Connection:ConnectTimeout", "00:00:00", "00:05:00"),
        ("consumer", "Connection:AttemptTimeout", "00:00:00", "00:10:00"),
        ("consumer", "Connection:MaxAttempts", "21", "1 to 20"),
        ("consumer", "Connection:MaxConnections", "0", "1 to 1024"),
        ("consumer", "Connection:SubscriptionWindowBytes", "1", "65536 to 16777216"),
    ];

    public static TheoryData<string, string, string, string> Ranges { get; } =
        [.. OutOfRange.Select(row => new TheoryDataRow<string, string, string, string>(row.Owner, row.Path, row.Value, row.Range))];

    public static TheoryData<string> Typed { get; } = [.. OptionPaths.All.Where(setting => setting.Type != typeof(string) && setting.Type != typeof(Uri)).Select(setting => setting.Path)];

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_value_outside_its_range_is_told_with_section_setting_value_and_range(string owner, string path, string value, string range)
    {
        var failures = Problems(owner, (path, value));

        var message = Assert.Single(failures, failure => failure.Contains(path.Replace(':', '.'), StringComparison.Ordinal));
        Assert.StartsWith($"Kinesis {owner} 'orders', configuration section Kinesis:Orders: ", message, StringComparison.Ordinal);
        Assert.Contains(range, message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Typed))]
    public void A_text_that_is_no_value_of_the_settings_type_is_told_with_its_full_path(string path)
    {
        var owner = OptionPaths.Of(typeof(KinesisConsumerOptions), "").Any(setting => setting.Path == path) ? "consumer" : "producer";

        var error = Assert.Throws<InvalidOperationException>(() => Problems(owner, (path, "rubbish")));

        Assert.Contains("rubbish", error.Message, StringComparison.Ordinal);
        Assert.Contains($"Kinesis:Orders:{path}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Lease:Duration", "Leases:Duration")]
    [InlineData("ApplicatonName", "ApplicationName")]
    [InlineData("Retrieval:Polling:MaxRecord", "Retrieval:Polling:MaxRecords")]
    public void A_misspelt_name_is_told_with_the_nearest_right_one(string wrong, string right)
    {
        var problem = Assert.Single(Problems("consumer", (wrong, "1")));

        Assert.Equal($"Kinesis consumer 'orders', configuration section Kinesis:Orders: Kinesis:Orders:{wrong} is not a setting; did you mean {right}?", problem);
    }

    [Fact]
    public void A_section_that_does_not_exist_is_told()
    {
        var builder = new HostRig();
        builder.Services.AddKinesisProducer("orders", builder.Builder.Configuration.GetSection("Kinesis:Order"));

        var error = Assert.Throws<OptionsValidationException>(() => builder.Builder.Build().Services.GetRequiredService<IOptionsMonitor<KinesisProducerOptions>>().Get("orders"));

        Assert.Contains(
            "Kinesis producer 'orders', configuration section Kinesis:Order: the configuration has no such section; is its name right, and is the file copied to the output?",
            error.Failures);
    }

    [Fact]
    public async Task The_host_does_not_start_with_wrong_settings()
    {
        var rig = new HostRig(new() { ["Kinesis:Orders:StreamName"] = "orders", ["Kinesis:Orders:Batching:MaxRecords"] = "501" });
        rig.Services.AddKinesisProducer("orders", rig.Builder.Configuration.GetSection("Kinesis:Orders"));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(rig.StartAsync);

        Assert.Equal("Kinesis producer 'orders', configuration section Kinesis:Orders: Batching.MaxRecords = 501 is outside its range: 1 to 500.", error.Message);
    }

    private static IEnumerable<string> Problems(string owner, params (string Path, string Value)[] settings)
    {
        var configuration = new Dictionary<string, string?> { ["Kinesis:Orders:StreamName"] = "orders" };
        if (owner == "consumer")
            configuration["Kinesis:Orders:ApplicationName"] = "billing";
        foreach (var (path, value) in settings)
            configuration[$"Kinesis:Orders:{path}"] = value;
        var rig = new HostRig(configuration);
        var section = rig.Builder.Configuration.GetSection("Kinesis:Orders");
        if (owner == "producer")
            rig.Services.AddKinesisProducer("orders", section);
        else
            rig.Services.AddKinesisConsumer("orders", section);
        using var provider = rig.Services.BuildServiceProvider();
        try
        {
            _ = owner == "producer"
                ? (object)provider.GetRequiredService<IOptionsMonitor<KinesisProducerOptions>>().Get("orders")
                : provider.GetRequiredService<IOptionsMonitor<KinesisConsumerOptions>>().Get("orders");
            return [];
        }
        catch (OptionsValidationException error)
        {
            return error.Failures;
        }
    }
}
