using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Consumer.Tests.Rights;

/// <summary>Least privilege: a consumer's calls of Kinesis are recorded in each way of reading, and the statements of docs/lease-table.md for it allow exactly those.</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class RightsTests
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Statements = DocumentedRights.Read(Documentation.Root).CloudFormation;

    [Fact]
    public async Task Polling_a_stream_calls_what_its_statement_allows() =>
        Assert.Equal(Allowed("Stream"), await CallsAsync(static _ => { }));

    [Fact]
    public async Task Polling_many_streams_calls_what_its_statements_allow() =>
        Assert.Equal(Allowed("Stream", "ManyStreamsOrFanOut"), await CallsAsync(static options =>
        {
            options.StreamName = null;
            options.Streams.Add(new() { StreamName = "orders" });
        }));

    [Fact]
    public async Task Enhanced_fan_out_calls_what_its_statements_allow()
    {
        var calls = await CallsAsync(static options =>
        {
            options.Retrieval.Mode = RetrievalMode.EnhancedFanOut;
            options.Retrieval.FanOut.DeregistersOnStop = true;
        });

        // It does not read by polling.
        Assert.Equal(
            Allowed("Stream", "ManyStreamsOrFanOut", "FanOut", "FanOutRegistration", "FanOutDeregistration").Except(["kinesis:GetShardIterator", "kinesis:GetRecords"]), calls);
    }

    private static IEnumerable<string> Allowed(params string[] statements) =>
        statements.SelectMany(statement => Statements[statement]).Order(StringComparer.Ordinal);

    private static async Task<IEnumerable<string>> CallsAsync(Action<KinesisConsumerOptions> change)
    {
        RecordedKinesis? recorded = null;
        await using var rig = new ConsumerRig(shards: 2, wrap: local => (IKinesisApi)(object)(recorded = RecordedKinesis.Around(local)));
        var consumer = rig.Start(change: change);
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));
        await rig.PutAsync(10);
        rig.RunUntilHandled(10);
        rig.Stream.Split(rig.Stream.ShardIds[0]);
        await rig.PutAsync(10, from: 10);
        rig.RunUntilHandled(20);
        rig.Stop(consumer);
        return recorded!.Called.Select(operation => $"kinesis:{operation}").Order(StringComparer.Ordinal);
    }
}
