using System.Globalization;
using CsCheck;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Invariants;

/// <summary>One random thing that happens to a stream.</summary>
internal readonly record struct Deed(DeedKind Kind, int Number, UInt128 HashKey);

internal enum DeedKind
{
    Put,
    PutMany,
    Split,
    Merge,
    Update,
    Wait,
    LongWait,
}

/// <summary>A stream with a random past, and what was acknowledged in it: the model that the invariants are checked against.</summary>
internal sealed class StreamHistory
{
    private int _texts;

    public StreamHistory(int shards, LocalKinesisOptions? options = null) => Local = new(shards, options);

    public LocalFixture Local { get; }

    /// <summary>Every acknowledged record: shard, number, arrival, text and hash key.</summary>
    public List<(string ShardId, SequenceNumber Number, DateTimeOffset Arrival, string Text, UInt128 HashKey)> Acknowledged { get; } = [];

    /// <summary>How many entries of PutRecords failed.</summary>
    public int Failed { get; private set; }

    public static Gen<Deed> Deeds { get; } = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(DeedKind.Put)), (4, Gen.Const(DeedKind.PutMany)), (2, Gen.Const(DeedKind.Split)), (2, Gen.Const(DeedKind.Merge)),
            (1, Gen.Const(DeedKind.Update)), (3, Gen.Const(DeedKind.Wait)), (1, Gen.Const(DeedKind.LongWait))),
        Gen.Int[0, 999], Gen.ULong, Gen.ULong, static (kind, number, high, low) => new Deed(kind, number, new UInt128(high, low)));

    public static Gen<(int Shards, Deed[] Deeds)> Histories { get; } =
        Gen.Select(Gen.Int[1, 6], Deeds.Array[0, 40], static (shards, deeds) => (shards, deeds));

    public async Task DoAsync(Deed deed)
    {
        var stream = Local.Stream;
        var ids = stream.ShardIds;
        switch (deed.Kind)
        {
            case DeedKind.Put:
                Note(await stream.PutAsync("key", NextText(out var text), deed.HashKey), text, deed.HashKey);
                break;
            case DeedKind.PutMany:
                await PutManyAsync(deed);
                break;
            case DeedKind.Split:
                Try(() => stream.Split(ids[deed.Number % ids.Count]));
                break;
            case DeedKind.Merge when ids.Count > 1:
                var at = deed.Number % (ids.Count - 1);
                stream.Merge(ids[at], ids[at + 1]);
                break;
            case DeedKind.Update:
                Try(() => stream.UpdateShardCount(Math.Max(1, (ids.Count + 1) / 2) + (deed.Number % (ids.Count + 1))));
                break;
            case DeedKind.Wait:
                Local.Clock.Advance(TimeSpan.FromMilliseconds(deed.Number));
                break;
            case DeedKind.LongWait:
                Local.Clock.Advance(TimeSpan.FromMinutes(deed.Number));
                break;
            default:
                break;
        }
    }

    public async Task DoAllAsync(IEnumerable<Deed> deeds)
    {
        foreach (var deed in deeds)
            await DoAsync(deed);
    }

    /// <summary>The acknowledged records of a shard that are not past the retention now.</summary>
    public string[] Expected(string shardId) =>
        [.. Acknowledged.Where(record => record.ShardId == shardId && record.Arrival >= Local.Clock.GetUtcNow().AddHours(-24)).Select(static record => record.Text)];

    private async Task PutManyAsync(Deed deed)
    {
        var texts = new string[1 + (deed.Number % 9)];
        var entries = new PutRecordsEntry[texts.Length];
        for (var i = 0; i < texts.Length; i++)
            entries[i] = new(NextText(out texts[i]), "key", unchecked(deed.HashKey + ((UInt128)i << 124)));
        var response = await Local.Kinesis.PutRecordsAsync(new(Local.Reference, entries), LocalFixture.Token);
        Assert.Equal(entries.Length, response.Records.Count);
        Assert.Equal(response.Records.Count(static result => !result.Succeeded), response.FailedRecordCount);
        Failed += response.FailedRecordCount;
        for (var i = 0; i < texts.Length; i++)
        {
            if (response.Records[i].Succeeded)
                Note(response.Records[i], texts[i], entries[i].ExplicitHashKey!.Value);
        }
    }

    private void Note(PutRecordsResultEntry put, string text, UInt128 hashKey) =>
        Acknowledged.Add((put.ShardId!, put.SequenceNumber, Local.Clock.GetUtcNow(), text, hashKey));

    private byte[] NextText(out string text) => LocalFixture.Bytes(text = (_texts++).ToString(CultureInfo.InvariantCulture));

    /// <summary>A shard too narrow to split, and the tenth scaling of a day, are refused: that is part of a past.</summary>
    private static void Try(Action reshard)
    {
        try
        {
            reshard();
        }
        catch (KinesisApiException error) when (error.Code is "InvalidArgumentException" or "LimitExceededException")
        {
        }
    }
}
