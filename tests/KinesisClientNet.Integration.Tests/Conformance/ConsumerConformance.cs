using System.Collections.Concurrent;
using System.Text;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>The whole consumer, by polling and by enhanced fan-out, against every server, from one owner to the next.</summary>
public sealed class ConsumerConformance(Targets targets) : IClassFixture<Targets>
{
    private const int Keys = 8;
    private const int PerKey = 6;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<string, RetrievalMode> Cases
    {
        get
        {
            var cases = new TheoryData<string, RetrievalMode>();
            foreach (string target in Targets.All.Select(row => row.Data))
            {
                cases.Add(target, RetrievalMode.Polling);
                cases.Add(target, RetrievalMode.EnhancedFanOut);
            }

            return cases;
        }
    }

    /// <summary>Records of before and after the start, and after a restart from the checkpoint: each once, in the order of its key.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_record_is_handled_once_in_the_order_of_its_key_also_after_a_restart(string target, RetrievalMode mode)
    {
        await using var kinesis = await targets.OpenAsync(target);
        var stream = await kinesis.CreateStreamAsync(2);
        var (leases, handled) = (new InMemoryLeaseStore(), new ConcurrentQueue<(string Key, string Value)>());
        await PutAsync(kinesis, stream, 0);

        await using (var first = NewConsumer(kinesis, stream, mode, leases, handled))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            var running = first.RunAsync(stop.Token);
            await SeenAsync(handled, 1, first);
            await PutAsync(kinesis, stream, 1);
            await SeenAsync(handled, 2, first);
            await stop.CancelAsync();
            await running;
        }

        await PutAsync(kinesis, stream, 2);
        await using (var second = NewConsumer(kinesis, stream, mode, leases, handled))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            var running = second.RunAsync(stop.Token);
            await SeenAsync(handled, 3, second);
            await stop.CancelAsync();
            await running;
        }

        Assert.Equal(3 * Keys * PerKey, handled.Count);
        foreach (var key in handled.GroupBy(entry => entry.Key))
            Assert.Equal(Enumerable.Range(0, 3 * PerKey).Select(value => $"{value}"), key.Select(entry => entry.Value));
    }

    private static Task SeenAsync(ConcurrentQueue<(string Key, string Value)> handled, int rounds, KinesisConsumer consumer) => Eventually.TrueAsync(
        () => Task.FromResult(handled.Count >= rounds * Keys * PerKey),
        $"{rounds * Keys * PerKey} records are handled; {string.Join("; ", consumer.Shards)}");

    private static async Task PutAsync(KinesisSession kinesis, StreamReference stream, int round)
    {
        for (var value = 0; value < PerKey; value++)
        {
            for (var key = 0; key < Keys; key++)
                await kinesis.PutAsync(stream, $"key-{key}", $"{(round * PerKey) + value}");
        }
    }

    private static KinesisConsumer NewConsumer(
        KinesisSession kinesis, StreamReference stream, RetrievalMode mode, InMemoryLeaseStore leases, ConcurrentQueue<(string Key, string Value)> handled) => new(
        new()
        {
            StreamName = stream.Name, ApplicationName = "conformance", Retrieval = { Mode = mode }, Checkpoint = { MinInterval = TimeSpan.Zero },
        },
        IShardProcessor.ForRecords((record, _, _) =>
        {
            handled.Enqueue((record.PartitionKey!, Encoding.UTF8.GetString(record.Data.Span)));
            return default;
        }),
        kinesis.Api, leases);
}
