using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Integration.Tests.Differential;

/// <summary>Seeded operations on one stream, right ones and wrong ones, in terms that both sides understand.</summary>
internal sealed class RandomOperations(int seed)
{
    private static readonly StreamReference Stream = new("differential");
    private static readonly string[] Keys = ["a", "b", "schlüssel", "日本", new string('k', 256), "quote\"back\\slash"];
    private readonly Random _random = new(seed);
    private readonly List<SequenceNumber> _known = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public (string Name, Func<Side, Task<string>> Run) Next() => _random.Next(20) switch
    {
        < 4 => PutRecord(),
        < 7 => PutRecords(),
        < 9 => MakeIterator(),
        < 13 => Read(),
        13 => ListShards(),
        14 => Describe(),
        15 => Split(),
        16 => Merge(),
        17 => UpdateCount(),
        18 => Retention(),
        _ => Fails(),
    };

    /// <summary>Positions are taken from what was put, so that sequence numbers are mostly real ones.</summary>
    public void Learn(SequenceNumber number) => _known.Add(number);

    private (string, Func<Side, Task<string>>) PutRecord()
    {
        var entry = Entry();
        return ("PutRecord", async side =>
        {
            var put = await side.Api.PutRecordAsync(Stream, entry, cancellationToken: Cancelled);
            return Side.Show(put);
        });
    }

    private (string, Func<Side, Task<string>>) PutRecords()
    {
        var entries = Enumerable.Range(0, _random.Next(1, 30)).Select(_ => Entry()).ToArray();
        return ("PutRecords", async side =>
        {
            var answer = await side.Api.PutRecordsAsync(new(Stream, entries), Cancelled);
            return $"{answer.FailedRecordCount}: {string.Join(", ", answer.Records.Select(Side.Show))}";
        });
    }

    private (string, Func<Side, Task<string>>) MakeIterator()
    {
        var (shard, position) = (ShardId(), Position());
        return ($"GetShardIterator {shard} {position}", side => side.MakeIteratorAsync(Stream, shard, position));
    }

    private (string, Func<Side, Task<string>>) Read()
    {
        var (iterator, limit) = (_random.Next(), _random.Next(4) switch { 0 => 1, 1 => 7, 2 => (int?)null, _ => 10_000 });
        return ($"GetRecords limit {limit}", side => side.ReadAsync(Stream, iterator, limit));
    }

    private (string, Func<Side, Task<string>>) ListShards()
    {
        var type = (ShardFilterType)_random.Next(6);
        ShardFilter? filter = _random.Next(3) == 0
            ? null
            : new(type, type == ShardFilterType.AfterShardId ? ShardId() : null, type is ShardFilterType.AtTimestamp or ShardFilterType.FromTimestamp ? Time() : null);
        int? pageSize = _random.Next(2) == 0 ? null : _random.Next(1, 4);
        return ($"ListShards {filter}", async side =>
        {
            var shown = "";
            ListShardsPage page = await side.Api.ListShardsAsync(new(Stream, filter, MaxResults: pageSize), Cancelled);
            for (var pages = 1; ; pages++)
            {
                shown += $"page {pages}: {Side.Show(page.Shards)} ";
                if (page.NextToken is null)
                    return shown;
                page = await side.Api.ListShardsAsync(new(Stream, NextToken: page.NextToken, MaxResults: pageSize), Cancelled);
            }
        });
    }

    private (string, Func<Side, Task<string>>) Describe() => _random.Next(2) == 0
        ? ("DescribeStreamSummary", async side => Side.Show(await side.Api.DescribeStreamSummaryAsync(Stream, Cancelled)))
        : ("DescribeStream", async side =>
        {
            var description = await side.Admin.DescribeStreamAsync(Stream, limit: 3, cancellationToken: Cancelled);
            return $"{description.Summary.StreamStatus} {Side.Show(description.Shards)} more {description.HasMoreShards}";
        });

    private (string, Func<Side, Task<string>>) Split()
    {
        var (shard, hash) = (ShardId(), RandomHash());
        return ($"SplitShard {shard} at {hash}", async side =>
        {
            await side.Admin.SplitShardAsync(Stream, shard, hash, Cancelled);
            return "split";
        });
    }

    private (string, Func<Side, Task<string>>) Merge()
    {
        var (low, high) = (ShardId(), ShardId());
        return ($"MergeShards {low} {high}", async side =>
        {
            await side.Admin.MergeShardsAsync(Stream, low, high, Cancelled);
            return "merged";
        });
    }

    private (string, Func<Side, Task<string>>) UpdateCount()
    {
        var target = _random.Next(0, 9);
        return ($"UpdateShardCount {target}", async side =>
        {
            await side.Admin.UpdateShardCountAsync(Stream, target, Cancelled);
            return "updated";
        });
    }

    private (string, Func<Side, Task<string>>) Retention()
    {
        var (hours, up) = (_random.Next(20, 200), _random.Next(2) == 0);
        return ($"retention {hours} up {up}", async side =>
        {
            await (up ? side.Admin.IncreaseStreamRetentionPeriodAsync(Stream, hours, Cancelled) : side.Admin.DecreaseStreamRetentionPeriodAsync(Stream, hours, Cancelled));
            return "kept";
        });
    }

    private (string, Func<Side, Task<string>>) Fails()
    {
        StreamReference nowhere = new("nowhere");
        return _random.Next(6) switch
        {
            0 => ("put nowhere", async side => Side.Show(await side.Api.PutRecordAsync(nowhere, new(new byte[1], "k"), cancellationToken: Cancelled))),
            1 => ("create twice", async side => await DoneAsync(side.Admin.CreateStreamAsync(Stream.Name!, 1, cancellationToken: Cancelled))),
            2 => ("broken iterator", async side => $"{(await side.Api.GetRecordsAsync(new(Stream, "AAAA"), Cancelled)).Records.Count}"),
            3 => ("limit too large", side => side.ReadAsync(Stream, 0, 10_001)),
            4 => ("empty key", async side => Side.Show(await side.Api.PutRecordAsync(Stream, new(new byte[1], ""), cancellationToken: Cancelled))),
            _ => ("oversize", async side => Side.Show(await side.Api.PutRecordAsync(Stream, new(new byte[1024 * 1024], "k"), cancellationToken: Cancelled))),
        };
    }

    private static async Task<string> DoneAsync(ValueTask call)
    {
        await call;
        return "done";
    }

    private PutRecordsEntry Entry()
    {
        var data = new byte[_random.Next(4) == 0 ? 0 : _random.Next(1, 300)];
        _random.NextBytes(data);
        return new(data, Keys[_random.Next(Keys.Length)], _random.Next(3) == 0 ? RandomHash() : null);
    }

    private string ShardId() => $"shardId-{_random.Next(12):D12}";

    private UInt128 RandomHash() => new((ulong)_random.NextInt64() << 1, (ulong)_random.NextInt64());

    private DateTimeOffset Time() => DifferentialTests.Start.AddSeconds(_random.Next(-100, 400));

    private StartingPosition Position() => _random.Next(6) switch
    {
        0 => StartingPosition.TrimHorizon,
        1 => StartingPosition.Latest,
        2 => StartingPosition.AtTimestamp(Time()),
        3 => StartingPosition.At(Number()),
        4 => StartingPosition.After(Number()),
        _ => StartingPosition.TrimHorizon,
    };

    private SequenceNumber Number() => _known.Count == 0 ? SequenceNumber.Parse("1") : _known[_random.Next(_known.Count)];
}
