using KinesisClientNet.Consumer;
using KinesisClientNet.Producer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Tests.Settings;

/// <summary>Issue 8: wrong configuration gives one message with path, value and allowed range, when the host starts.</summary>
public sealed class WrongSettingTests
{
    public static TheoryData<string, string, string, string> Ranges { get; } =
        [.. WrongSettings.All.Select(row => new TheoryDataRow<string, string, string, string>(row.Owner, row.Path, row.Value, row.Range))];

    public static TheoryData<string> Typed { get; } = [.. OptionPaths.All.Where(setting => setting.Type != typeof(string) && setting.Type != typeof(Uri)).Select(setting => setting.Path)];

    [Theory]
    [MemberData(nameof(Ranges))]
    public void A_value_outside_its_range_is_told_with_section_setting_value_and_range(string owner, string path, string value, string range)
    {
        var failures = Problems(owner, (path, value));

        var message = Assert.Single(failures, failure => failure.Contains(path.Replace(":0:", "[0].", StringComparison.Ordinal).Replace(':', '.'), StringComparison.Ordinal));
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

    [Fact]
    public void The_table_has_every_setting_in_each_way()
    {
        var ways = WrongSettings.All.GroupBy(row => row.Path).ToDictionary(group => group.Key, group => group.Select(row => row.Value).Distinct().Count());

        var missing = OptionPaths.All
            .Where(setting => setting.Type != typeof(bool) && !WrongSettings.AnyTextIsRight.ContainsKey(setting.Path))
            .Where(setting => ways.GetValueOrDefault(setting.Path) < (HasRange(setting.Type) && !WrongSettings.OneWay.ContainsKey(setting.Path) ? 2 : 1))
            .Select(setting => setting.Path);

        Assert.Empty(missing);
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

    [Theory]
    [InlineData("Streams:3:StreamNam", "Streams:3:StreamName")]
    [InlineData("Streams:0:StartTimestmp", "Streams:0:StartTimestamp")]
    [InlineData("Streams:2", "Streams:2:StreamName")]
    [InlineData("Streams:first:StreamName", "Streams:0:StreamName")]
    [InlineData("Streams", "Streams:0:StreamName")]
    public void A_misspelt_name_in_the_list_of_streams_is_told_with_the_nearest_right_one(string wrong, string right) => Assert.Contains(
        $"Kinesis consumer 'orders', configuration section Kinesis:Orders: Kinesis:Orders:{wrong} is not a setting; did you mean {right}?", Problems("consumer", (wrong, "1")));

    [Fact]
    public void Streams_beside_one_stream_are_told()
    {
        var problem = Assert.Single(Problems("consumer", ("Streams:0:StreamName", "audit")));

        Assert.EndsWith("StreamName is 'orders'; expected: null, because Streams or MultiStream is set; list the stream in Streams.", problem, StringComparison.Ordinal);
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

    private static bool HasRange(Type type) => type == typeof(TimeSpan) || (type.IsPrimitive && type != typeof(bool));

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
