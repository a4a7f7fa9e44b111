using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Local.Tests.Streams;

public class OnDemandTests
{
    private readonly LocalFixture _local = new(shards: 0);

    [Fact]
    public async Task Busy_shard_of_an_on_demand_stream_is_split_and_quiet_ones_are_not()
    {
        _local.Kinesis.AddStream(LocalFixture.StreamName, new LocalStreamOptions { ShardCount = null });
        await PutForAMinuteAsync(bytesPerSecond: 600_000);

        await _local.PutAsync("look", hashKey: 0);

        Assert.Equal(5, _local.Stream.ShardIds.Count);
        Assert.False(_local.Stream.ListShards()[0].IsOpen);
        Assert.Empty(ShardMap.Create(_local.Stream.ListShards()).Problems);
    }

    [Fact]
    public async Task Shard_below_half_a_megabyte_a_second_stays()
    {
        _local.Kinesis.AddStream(LocalFixture.StreamName, new LocalStreamOptions { ShardCount = null });
        await PutForAMinuteAsync(bytesPerSecond: 400_000);

        await _local.PutAsync("look", hashKey: 0);

        Assert.Equal(4, _local.Stream.ShardIds.Count);
    }

    [Fact]
    public async Task Provisioned_stream_is_never_split_by_itself()
    {
        _local.Kinesis.AddStream(LocalFixture.StreamName, 4);
        await PutForAMinuteAsync(bytesPerSecond: 900_000);

        await _local.PutAsync("look", hashKey: 0);

        Assert.Equal(4, _local.Stream.ShardIds.Count);
    }

    [Fact]
    public async Task Auto_distribution_places_records_in_turn_and_takes_keyless_ones()
    {
        _local.Kinesis.AddStream(LocalFixture.StreamName, new LocalStreamOptions { ShardCount = null, IsAutoDistributed = true });
        var entries = Enumerable.Range(0, 8).Select(static i => new PutRecordsEntry(LocalFixture.Bytes($"{i}"), i < 4 ? null : "same")).ToArray();

        var response = await _local.Kinesis.PutRecordsAsync(new(_local.Reference, entries), LocalFixture.Token);

        Assert.Equal(4, response.Records.Select(static result => result.ShardId).Distinct().Count());
        Assert.Equal(4, _local.Stream.Records().Count(static record => record.PartitionKey is null));
        Assert.Equal("AUTO", (await _local.Kinesis.DescribeStreamSummaryAsync(_local.Reference, LocalFixture.Token)).RecordDistributionStrategy);
        await LocalFixture.RefusedAsync(
            _local.Kinesis.PutRecordAsync(_local.Reference, entries[7], response.Records[7].SequenceNumber, LocalFixture.Token), "InvalidArgumentException");
    }

    [Fact]
    public async Task Keyless_record_is_refused_where_keys_place_records()
    {
        _local.Kinesis.AddStream(LocalFixture.StreamName, 1);

        await LocalFixture.RefusedAsync(
            _local.Kinesis.PutRecordAsync(_local.Reference, new(LocalFixture.Bytes("x"), null), cancellationToken: LocalFixture.Token), "ValidationException");
    }

    [Fact]
    public async Task Encrypted_stream_says_so_in_answers_and_records()
    {
        _local.Kinesis.AddStream(LocalFixture.StreamName, new LocalStreamOptions { KeyId = "alias/aws/kinesis", RetentionPeriodHours = 48 });

        var response = await _local.Kinesis.PutRecordsAsync(
            new(_local.Reference, new PutRecordsEntry[] { new(LocalFixture.Bytes("x"), "key") }), LocalFixture.Token);
        var summary = await _local.Kinesis.DescribeStreamSummaryAsync(_local.Reference, LocalFixture.Token);

        Assert.Equal(("KMS", "KMS", "KMS"), (response.EncryptionType, summary.EncryptionType, _local.Stream.Records()[0].EncryptionType));
        Assert.Equal(48, summary.RetentionPeriodHours);
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        Refused(new() { ShardCount = 0 });
        Refused(new() { MaxRecordSizeInKiB = 1023 });
        Refused(new() { RetentionPeriodHours = 8761 });
        Refused(new() { IsAutoDistributed = true });

        void Refused(LocalStreamOptions stream) => LocalFixture.Refused(() => _local.Kinesis.AddStream("other", stream), "ValidationException");
    }

    private async Task PutForAMinuteAsync(int bytesPerSecond)
    {
        for (var second = 0; second < 60; second++)
        {
            await _local.Stream.PutAsync("key", new byte[bytesPerSecond], 0);
            _local.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
