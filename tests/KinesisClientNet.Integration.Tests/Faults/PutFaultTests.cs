using System.Diagnostics;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;
using KinesisClientNet.Producer;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>Half-open connections and broken answers: no hang, no false success, another try on a new connection.</summary>
[Trait("Story", "L5")]
public sealed class PutFaultTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PutFault.EndBeforeService)]
    [InlineData(PutFault.EndBeforeAnswer)]
    [InlineData(PutFault.Silence)]
    [InlineData(PutFault.SilenceAfterHead)]
    [InlineData(PutFault.CutBody)]
    public async Task A_put_whose_answer_is_broken_is_sent_again_and_acknowledged_only_by_a_whole_answer(PutFault fault)
    {
        await using var server = await LocalKinesisServer.StartAsync(new LocalKinesis().AddStream("orders", shards: 1), cancellationToken: Stop);
        await using var proxy = PutProxy.Start(server.Endpoint);
        await using var producer = new KinesisProducer(new() { StreamName = "orders", Connection = Connection(proxy, TimeSpan.FromSeconds(2)) });
        await producer.SendAsync("warm-up", default, Stop);
        var putsBefore = proxy.Puts;
        proxy.Break(fault, calls: 2);

        var receipt = await producer.SendAsync("key", "x"u8.ToArray(), Stop);

        Assert.InRange(proxy.Puts - putsBefore, 3, 5);
        Assert.True(receipt.Attempts[^1].Succeeded);
        var stored = server.Kinesis.Stream("orders").Records().Where(record => record.PartitionKey == "key").ToList();
        Assert.Contains(receipt.SequenceNumber, stored.Select(record => record.SequenceNumber));
        Assert.InRange(stored.Count, 1, proxy.Puts - putsBefore);
        Assert.Equal(fault == PutFault.EndBeforeService, stored.Count == 1);
    }

    /// <summary>
    /// A busy machine may hold up any single wait, but not each of twenty: a token that is not heeded at once, by a poll or a time-out, shows in all.
    /// </summary>
    [Theory]
    [InlineData(PutFault.Silence)]
    [InlineData(PutFault.SilenceAfterHead)]
    public async Task A_token_ends_a_call_on_a_silent_connection_within_100_ms(PutFault fault)
    {
        await using var server = await LocalKinesisServer.StartAsync(new LocalKinesis().AddStream("orders", shards: 1), cancellationToken: Stop);
        await using var proxy = PutProxy.Start(server.Endpoint);
        await using var api = new KinesisHttpApi(Connection(proxy, TimeSpan.FromMinutes(10)));
        var shortest = TimeSpan.MaxValue;

        for (var round = 1; round <= 20 && shortest >= TimeSpan.FromMilliseconds(100); round++)
        {
            proxy.Break(fault, calls: 1);
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var call = api.PutRecordsAsync(new PutRecordsRequest(new("orders"), new PutRecordsEntry[] { new("x"u8.ToArray(), "key") }), cancellation.Token).AsTask();
            while (server.Kinesis.Stream("orders").Records().Count < round)
                await Task.Yield();

            var cancelledAt = Stopwatch.GetTimestamp();
            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(TimeSpan.FromMinutes(1), Stop));
            shortest = TimeSpan.FromTicks(Math.Min(shortest.Ticks, Stopwatch.GetElapsedTime(cancelledAt).Ticks));
        }

        Assert.InRange(shortest, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
    }

    private static KinesisConnectionOptions Connection(PutProxy proxy, TimeSpan attempt) => new()
    {
        ServiceUrl = proxy.Endpoint,
        Region = "us-east-1",
        Credentials = new BasicAWSCredentials("local", "local"),
        AttemptTimeout = attempt,
    };
}
