using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Testing.Clocks;
using KinesisClientNet.Testing.Fleet;

namespace KinesisClientNet.Testing.Tests;

/// <summary>The harness sees a worker that reads more than the service allows: else its silence would say nothing.</summary>
public sealed class ReadWatchTests
{
    private readonly SteppedTimeProvider _clock = new();
    private readonly ReadWatch _watch;

    public ReadWatchTests() => _watch = new ReadWatch(_clock);

    [Fact]
    public void Five_reads_a_second_are_within_the_rate_and_the_sixth_is_not()
    {
        var iterator = _watch.Began("shard-1", "i0");
        for (var read = 0; read < 50; read++)
        {
            iterator = Read(iterator, bytes: 1);
            _clock.Advance(TimeSpan.FromMilliseconds(200));
        }

        Assert.Equal(0, _watch.AboveLimit);
        for (var read = 0; read < 6; read++)
            iterator = Read(iterator, bytes: 1);
        Assert.Equal(1, _watch.AboveLimit);
    }

    [Fact]
    public void A_page_of_ten_megabytes_closes_the_shard_for_five_seconds()
    {
        var iterator = Read(_watch.Began("shard-1", "i0"), bytes: 10 * 1024 * 1024);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        iterator = Read(iterator, bytes: 1);
        Assert.Equal(1, _watch.AboveLimit);
        _clock.Advance(TimeSpan.FromSeconds(0.2));

        Read(iterator, bytes: 1);

        Assert.Equal(1, _watch.AboveLimit);
    }

    [Fact]
    public void Shards_have_a_rate_each()
    {
        for (var shard = 0; shard < 20; shard++)
            Read(_watch.Began($"shard-{shard}", $"first-{shard}"), bytes: 1);

        Assert.Equal(0, _watch.AboveLimit);
    }

    private string Read(string iterator, int bytes)
    {
        _watch.Reading(iterator);
        var page = new GetRecordsPage([new KinesisRecord(SequenceNumber.Parse("49590338271490256608559692538361571095921575989136588898"), default, new byte[bytes], "", null)], iterator + "'", 0);
        return _watch.Came(iterator, page).NextShardIterator!;
    }
}
