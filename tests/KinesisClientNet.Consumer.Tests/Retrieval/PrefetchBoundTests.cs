using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Consumer.Tests.Retrieval;

/// <summary>Exact accounting: every byte of a page counts from its arrival until its last record is let go of.</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class PrefetchBoundTests
{
    private const int MiB = 1024 * 1024;
    private const int Shards = 64;

    /// <summary>Demand story M1: every shard has pages of 10 MiB to give, as large as the service's, and no handler comes back.</summary>
    [Theory]
    [Trait("Story", "M1")]
    [InlineData(640, 10 * 1024)]
    [InlineData(640, MiB)]
    [InlineData(64, 10 * 1024)]
    [InlineData(128, 100 * 1024)]
    public async Task Sixty_four_shards_of_ten_megabyte_pages_with_blocked_handlers_hold_no_more_than_the_budget(int budgetMiB, int recordBytes)
    {
        var budget = (long)budgetMiB * MiB;
        BottomlessKinesis kinesis = null!;
        await using var rig = new ConsumerRig(Shards, local => kinesis = new BottomlessKinesis(local, recordBytes));
        var consumer = rig.Start(
            async (_, stopping) => await Task.Delay(Timeout.InfiniteTimeSpan, rig.Clock, stopping), options => options.Retrieval.PrefetchBytes = budget);
        long most = 0;
        kinesis.OnRead = () => most = Math.Max(most, consumer.HeldBytes);

        rig.Clock.RunFor(TimeSpan.FromMinutes(1));
        var (held, reads) = (consumer.HeldBytes, kinesis.Reads);
        rig.Clock.RunFor(TimeSpan.FromMinutes(1));

        Assert.InRange(Math.Max(most, held), budget / 2, (long)(budget * 1.15));
        Assert.Equal((held, reads), (consumer.HeldBytes, kinesis.Reads)); // full is full: nothing is fetched any more
        Assert.Equal(Shards, consumer.Shards.Count(shard => shard.HeldBytes > 0));
        rig.Stop(consumer);
        Assert.Equal(0, consumer.HeldBytes);
    }

    /// <summary>Shards that never end, in pages of at most 10 MiB.</summary>
    private sealed class BottomlessKinesis(IKinesisApi inner, int recordBytes) : ForwardingKinesis(inner)
    {
        private readonly byte[] _data = new byte[recordBytes];
        private int _records;
        private int _reads;

        public Action? OnRead { get; set; }

        public int Reads => Volatile.Read(ref _reads);

        public override ValueTask<GetRecordsPage> GetRecordsAsync(GetRecordsRequest request, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _reads);
            OnRead?.Invoke();
            var count = Math.Min(request.Limit ?? 10_000, 10 * MiB / recordBytes);
            var records = Enumerable.Range(0, count).Select(_ => new KinesisRecord(NextNumber(), default, _data, "key")).ToArray();
            return ValueTask.FromResult(new GetRecordsPage(records, request.ShardIterator, millisBehindLatest: 60_000));
        }

        private SequenceNumber NextNumber() => SequenceNumber.Parse($"4959033827149025660855969253836157109592157{Interlocked.Increment(ref _records):D13}");
    }
}
