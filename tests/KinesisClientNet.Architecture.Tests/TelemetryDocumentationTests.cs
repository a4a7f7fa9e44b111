using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Amazon;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using KinesisClientNet.Architecture.Tests.Sources;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Telemetry;
using KinesisClientNet.Local;
using KinesisClientNet.Producer;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>Issue 8: docs/telemetry.md lists every meter, instrument, tag and span as the code has them; the dashboard asks only for what exists.</summary>
public sealed partial class TelemetryDocumentationTests
{
    private const string Document = "docs/telemetry.md";

    private static readonly string[] Bare = ["PutRecords", "GetRecords", "SubscribeToShard", "Process", "Send", "Receive"];

    [Fact]
    public async Task Every_instrument_is_listed_with_its_meter_kind_and_unit()
    {
        var instruments = (await InstrumentsAsync()).Select(instrument =>
            $"{instrument.Meter.Name} {instrument.Name} {Kind(instrument)} {instrument.Unit}").Distinct();

        var listed = InstrumentRow().Matches(Repository.Read(Document))
            .SelectMany(row => row.Groups[1].Value.Split(',').Select(meter => $"KinesisClientNet.{meter.Trim()} {row.Groups[2].Value} {row.Groups[3].Value} {row.Groups[4].Value}"));

        Assert.Equal(instruments.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_instrument_is_named_by_the_conventions_in_seconds_and_bytes()
    {
        Assert.All(await InstrumentsAsync(), instrument =>
        {
            Assert.Matches(@"^(messaging|kinesis\.(producer|consumer))(\.[a-z_]+)+$", instrument.Name);
            Assert.Matches(@"^(s|By|\{[a-z]+\})$", instrument.Unit);
            Assert.False(string.IsNullOrEmpty(instrument.Description), $"{instrument.Name} has no description.");
        });
    }

    [Fact]
    public void Every_attribute_and_operation_is_listed()
    {
        var text = Repository.Read(Document);

        var missing = typeof(SemanticNames).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .Select(field => (field.Name, Value: (string)field.GetRawConstantValue()!))
            .Where(name => !text.Contains($"`{name.Value}`", StringComparison.Ordinal))
            .Select(name => $"{name.Name}: `{name.Value}`");

        Assert.Empty(missing);
        Assert.All(Bare, name => Assert.NotNull(typeof(SemanticNames).GetField(name)));
    }

    [Fact]
    public async Task Every_panel_of_the_dashboard_asks_for_an_instrument_that_exists()
    {
        // Prometheus' names of OpenTelemetry's instruments: dots become underscores, then unit and kind.
        var known = (await InstrumentsAsync()).Select(instrument => instrument.Name.Replace('.', '_')).ToHashSet();
        using var dashboard = JsonDocument.Parse(Repository.Read("docs/grafana/kinesisclientnet.json"));

        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row").ToList();

        Assert.True(panels.Count >= 10, $"{panels.Count} panels");
        Assert.All(panels, panel => Assert.All(panel.GetProperty("targets").EnumerateArray(), target =>
        {
            var names = MetricName().Matches(target.GetProperty("expr").GetString()!).Select(match => match.Value).ToList();
            Assert.NotEmpty(names);
            Assert.All(names, name => Assert.Contains(known, instrument => name.StartsWith(instrument, StringComparison.Ordinal)));
        }));
    }

    private static async Task<IReadOnlyList<Instrument>> InstrumentsAsync()
    {
        var found = new List<Instrument>();
        using var factory = new OneMeterEach();
        using var listener = new MeterListener { InstrumentPublished = (instrument, _) => Keep(instrument) };
        listener.Start();
        var kinesis = new LocalKinesis().AddStream("orders", 1);
        await using var producer = new KinesisProducer(new() { StreamName = "orders", MeterFactory = factory }, kinesis);
        await using var consumer = new KinesisConsumer(
            new() { StreamName = "orders", ApplicationName = "billing", MeterFactory = factory },
            _ => throw new InvalidOperationException("No shard is read here."), kinesis, new InMemoryLeaseStore());
        // The lease table's store is made apart from the consumer and has a meter of its own.
        using var client = new AmazonDynamoDBClient(new AnonymousAWSCredentials(), RegionEndpoint.USEast1);
        using var table = new DynamoDbLeaseStore(client, "leases");
        lock (found)
            return [.. found];

        void Keep(Instrument instrument)
        {
            if (!ReferenceEquals(instrument.Meter.Scope, factory) && instrument.Name != "kinesis.consumer.lease_table.capacity")
                return;
            lock (found)
                found.Add(instrument);
        }
    }

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "ObservableGauge" => "gauge",
        var name => name.ToLowerInvariant(),
    };

    /// <summary>| Producer, Consumer | `messaging.client.operation.duration` | histogram | `s` | …</summary>
    [GeneratedRegex(@"^\| ((?:Producer|Consumer)(?:, (?:Producer|Consumer))*) \| `([\w.]+)` \| (\w+) \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex InstrumentRow();

    [GeneratedRegex(@"\b(?:messaging|kinesis)_[a-z_]+(?=[{\[])")]
    private static partial Regex MetricName();

    private sealed class OneMeterEach : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            _meters.Add(new Meter(options));
            return _meters[^1];
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
