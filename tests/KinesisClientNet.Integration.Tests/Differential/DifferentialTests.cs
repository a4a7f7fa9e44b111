using System.Globalization;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Integration.Tests.Differential;

/// <summary>
/// "The wire client's operations give the same results in-process and over HTTP against Local.Server (differential test)": issue 2, acceptance.
/// Two equal services on equal clocks, one called directly and one over the wire; every answer and every error must agree.
/// </summary>
public sealed class DifferentialTests
{
    internal static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, 250, TimeSpan.Zero);
    private const int OperationsPerSeed = 120;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, KinesisWireFormat.Cbor)]
    [InlineData(2, KinesisWireFormat.Cbor)]
    [InlineData(3, KinesisWireFormat.Cbor)]
    [InlineData(4, KinesisWireFormat.Cbor)]
    [InlineData(1, KinesisWireFormat.Json)]
    [InlineData(2, KinesisWireFormat.Json)]
    [InlineData(5, KinesisWireFormat.Json)]
    [InlineData(6, KinesisWireFormat.Json)]
    public async Task Random_operations_give_the_same_answers_in_process_and_over_the_wire(int seed, KinesisWireFormat format)
    {
        var (clock, otherClock) = (new FakeTimeProvider(Start), new FakeTimeProvider(Start));
        var here = new LocalKinesis(clock, new() { Seed = seed }).AddStream("differential", 2);
        var there = new LocalKinesis(otherClock, new() { Seed = seed }).AddStream("differential", 2);
        await using var server = await LocalKinesisServer.StartAsync(there, cancellationToken: Cancelled);
        await using var wire = Connect(server, format);
        var (direct, remote) = (new Side(here, here), new Side(wire, wire));
        var operations = new RandomOperations(seed);
        var outcomes = new HashSet<string>();

        for (var step = 0; step < OperationsPerSeed; step++)
        {
            var (name, run) = operations.Next();
            var expected = await direct.OutcomeAsync(run);
            var actual = await remote.OutcomeAsync(run);

            Assert.True(expected == actual, $"Step {step}, {name}:\nin process: {expected}\nover HTTP:  {actual}");
            outcomes.Add($"{name.Split(' ')[0]} {(expected.Contains("Exception", StringComparison.Ordinal) ? expected : "ok")}");
            foreach (var record in here.Stream("differential").Records().TakeLast(1))
                operations.Learn(record.SequenceNumber);
            var pause = TimeSpan.FromMilliseconds(1 + (step * 37 % 4_000));
            clock.Advance(pause);
            otherClock.Advance(pause);
        }

        Assert.True(outcomes.Count > 12, $"The seed tries too little: {string.Join(", ", outcomes)}");
    }

    [Theory]
    [InlineData(KinesisWireFormat.Cbor)]
    [InlineData(KinesisWireFormat.Json)]
    public async Task A_subscription_gives_the_same_events_in_process_and_over_HTTP2(KinesisWireFormat format)
    {
        var (clock, otherClock) = (new FakeTimeProvider(Start), new FakeTimeProvider(Start));
        var here = new LocalKinesis(clock).AddStream("differential", 1);
        var there = new LocalKinesis(otherClock).AddStream("differential", 1);
        await using var server = await LocalKinesisServer.StartAsync(there, cancellationToken: Cancelled);
        await using var wire = Connect(server, format);
        var shown = new List<string>();

        foreach (var side in new[] { new Side(here, here), new Side(wire, wire) })
        {
            var stream = new StreamReference("differential");
            var arn = (await side.Api.DescribeStreamSummaryAsync(stream, Cancelled)).StreamArn;
            var consumer = await side.Api.RegisterStreamConsumerAsync(arn, "reader", Cancelled);
            var numbers = new List<SequenceNumber>();
            for (byte i = 0; i < 5; i++)
                numbers.Add((await side.Api.PutRecordAsync(stream, new(new[] { i }, $"k{i}"), cancellationToken: Cancelled)).SequenceNumber);
            await side.Admin.SplitShardAsync(stream, "shardId-000000000000", UInt128.One << 127, Cancelled);

            var events = await side.OutcomeAsync(s => s.SubscribeAsync(consumer.ConsumerArn, "shardId-000000000000", StartingPosition.After(numbers[1])));
            var again = await side.OutcomeAsync(s => s.SubscribeAsync(consumer.ConsumerArn, "shardId-000000000000", StartingPosition.TrimHorizon));
            var unknown = await side.OutcomeAsync(s => s.SubscribeAsync(consumer.ConsumerArn, "shardId-000000000099", StartingPosition.TrimHorizon));
            shown.Add(string.Create(CultureInfo.InvariantCulture, $"{consumer.ConsumerArn} | {events} | {again} | {unknown}"));
        }

        Assert.Equal(shown[0], shown[1]);
        Assert.Contains("03)", shown[0], StringComparison.Ordinal);
    }

    private static KinesisHttpApi Connect(LocalKinesisServer server, KinesisWireFormat format) => new(new()
    {
        ServiceUrl = server.Endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials("test", "test"), WireFormat = format, MaxAttempts = 1,
        AttemptTimeout = TimeSpan.FromSeconds(60),
    });
}
