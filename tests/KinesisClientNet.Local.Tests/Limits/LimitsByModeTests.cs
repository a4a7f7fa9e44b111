using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Tests.Limits;

/// <summary>The limits of kinesis-service.md §12 in each mode: sizes and quotas hold always, rates as the mode says.</summary>
public class LimitsByModeTests
{
    private const string Shard = "shardId-000000000000";

    public static TheoryData<LocalThrottling> Modes { get; } = new(Enum.GetValues<LocalThrottling>());

    /// <summary>What one shard takes at once: null is without end. Lenient has room for two seconds.</summary>
    public static TheoryData<LocalThrottling, int?> Seconds { get; } = new()
    {
        { LocalThrottling.Off, null }, { LocalThrottling.Lenient, 2 }, { LocalThrottling.Strict, 1 },
    };

    private static CancellationToken Token => LocalFixture.Token;

    [Theory]
    [MemberData(nameof(Seconds))]
    public async Task A_thousand_records_a_second(LocalThrottling mode, int? seconds)
    {
        var local = In(mode);
        var stored = 0;
        for (var i = 0; i < 5; i++)
            stored += 500 - (await PutManyAsync(local, 500, 1)).FailedRecordCount;

        Assert.Equal(seconds is { } most ? most * 1000 : 2500, stored);
    }

    [Theory]
    [MemberData(nameof(Seconds))]
    public async Task A_mebibyte_a_second(LocalThrottling mode, int? seconds)
    {
        var local = In(mode);
        var stored = 0;
        for (var i = 0; i < 3; i++)
            stored += 8 - (await PutManyAsync(local, 8, (128 * 1024) - 3)).FailedRecordCount;

        Assert.Equal((seconds ?? 3) * 8, stored);
    }

    [Theory]
    [MemberData(nameof(Seconds))]
    public async Task Five_reads_and_five_iterators_a_second(LocalThrottling mode, int? seconds)
    {
        var local = In(mode);
        var most = seconds is { } limit ? limit * 5 : 20;
        var iterator = "";
        for (var i = 0; i < most; i++)
        {
            iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
            (await local.PageAsync(iterator)).Dispose();
        }

        if (seconds is null)
            return;
        await LocalFixture.RefusedAsync(local.IteratorAsync(StartingPosition.TrimHorizon), "ProvisionedThroughputExceededException");
        await LocalFixture.RefusedAsync(local.PageAsync(iterator), "ProvisionedThroughputExceededException");
        local.Clock.Advance(TimeSpan.FromSeconds(0.2));
        (await local.PageAsync(iterator)).Dispose();
    }

    [Theory]
    [MemberData(nameof(Seconds))]
    public async Task Two_mebibytes_a_second_are_read(LocalThrottling mode, int? seconds)
    {
        var local = new LocalFixture(options: new() { Throttling = mode });
        for (var i = 0; i < 10; i++)
            local.Stream.PutArrivedAt(LocalFixture.Start, "key", new byte[(1024 * 1024) - 3]);
        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        using var page = await local.PageAsync(iterator);
        Assert.Equal(10, page.Records.Count); // ten mebibytes at once: the most of a page

        if (seconds is null)
            (await local.PageAsync(iterator)).Dispose();
        else
            await LocalFixture.RefusedAsync(local.PageAsync(iterator), "ProvisionedThroughputExceededException");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_page_holds_ten_thousand_records_and_ten_mebibytes(LocalThrottling mode)
    {
        var local = In(mode);
        for (var i = 0; i < 10_001; i++)
            local.Stream.PutArrivedAt(LocalFixture.Start, "key", new byte[1]);
        using var many = await local.PageAsync(await local.IteratorAsync(StartingPosition.TrimHorizon));
        Assert.Equal(10_000, many.Records.Count);
        await LocalFixture.RefusedAsync(local.PageAsync(await local.IteratorAsync(StartingPosition.TrimHorizon), 10_001), "InvalidArgumentException");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task A_record_a_key_and_a_request_have_their_sizes(LocalThrottling mode)
    {
        var local = In(mode);
        await local.Stream.PutAsync("key", new byte[(1024 * 1024) - 3]);
        local.Clock.Advance(TimeSpan.FromSeconds(20));
        await LocalFixture.RefusedAsync(local.Stream.PutAsync("key", new byte[(1024 * 1024) - 2]), "InvalidArgumentException");
        await LocalFixture.RefusedAsync(local.Stream.PutAsync(new('k', 257), new byte[1]), "ValidationException");
        await LocalFixture.RefusedAsync(PutManyAsync(local, 501, 1), "ValidationException");
        await LocalFixture.RefusedAsync(PutManyAsync(local, 11, 1_000_000), "InvalidArgumentException");
        await local.Stream.PutAsync(new('k', 256), new byte[1]);

        local.Stream.SettingChanges.ChangeMaxRecordSize(10_240);
        local.Clock.Advance(TimeSpan.FromSeconds(20));
        await local.Stream.PutAsync("key", new byte[(10 * 1024 * 1024) - 3]);
        LocalFixture.Refused(() => local.Stream.SettingChanges.ChangeMaxRecordSize(10_241), "ValidationException");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task An_iterator_and_a_list_token_live_five_minutes(LocalThrottling mode)
    {
        var local = new LocalFixture(shards: 3, new() { Throttling = mode });
        var iterator = await local.IteratorAsync(StartingPosition.TrimHorizon);
        var token = (await local.Kinesis.ListShardsAsync(new(local.Reference, MaxResults: 1), Token)).NextToken;
        local.Clock.Advance(TimeSpan.FromMinutes(5));
        (await local.PageAsync(iterator)).Dispose();
        await local.Kinesis.ListShardsAsync(new(default, NextToken: token), Token);
        local.Clock.Advance(TimeSpan.FromMilliseconds(1));

        await LocalFixture.RefusedAsync(local.PageAsync(iterator), "ExpiredIteratorException");
        await LocalFixture.RefusedAsync(local.Kinesis.ListShardsAsync(new(default, NextToken: token), Token), "ExpiredNextTokenException");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Retention_is_a_day_to_a_year(LocalThrottling mode)
    {
        var local = In(mode);

        Assert.Equal(24, local.Stream.Settings.RetentionHours);
        local.Stream.Changes.ChangeRetention(8760, increase: true);
        LocalFixture.Refused(() => local.Stream.Changes.ChangeRetention(8761, increase: true), "ValidationException");
        LocalFixture.Refused(() => local.Stream.Changes.ChangeRetention(23, increase: false), "ValidationException");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Twenty_consumers_and_one_subscription_for_five_minutes(LocalThrottling mode)
    {
        var local = In(mode);
        var first = local.Stream.Consumers.Register("consumer-0");
        for (var i = 1; i < 20; i++)
            local.Stream.Consumers.Register($"consumer-{i}");
        LocalFixture.Refused(() => local.Stream.Consumers.Register("consumer-20"), "LimitExceededException");

        await using var subscription = await SubscribeAsync();
        local.Clock.Advance(TimeSpan.FromSeconds(4.9));
        await LocalFixture.RefusedAsync(SubscribeAsync(), "ResourceInUseException");
        local.Clock.Advance(TimeSpan.FromMinutes(5));
        await using var events = subscription.GetAsyncEnumerator(Token);
        Assert.False(await events.MoveNextAsync());

        ValueTask<IShardSubscription> SubscribeAsync() =>
            local.Kinesis.SubscribeToShardAsync(first.ConsumerArn, Shard, StartingPosition.TrimHorizon, Token);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Five_streams_and_five_consumers_are_creating_at_once(LocalThrottling mode)
    {
        var delays = new LocalDelays { CreateStream = TimeSpan.FromSeconds(30), RegisterConsumer = TimeSpan.FromSeconds(30) };
        var local = new LocalFixture(shards: 1, new() { Throttling = mode, Delays = delays });
        local.Clock.Advance(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 5; i++)
        {
            local.Kinesis.AddStream($"stream-{i}", 1);
            local.Stream.Consumers.Register($"consumer-{i}");
        }

        LocalFixture.Refused(() => local.Kinesis.AddStream("stream-5", 1), "LimitExceededException");
        LocalFixture.Refused(() => local.Stream.Consumers.Register("consumer-5"), "LimitExceededException");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Shards_and_on_demand_streams_have_their_quotas(LocalThrottling mode)
    {
        var kinesis = new LocalKinesis(options: new() { Throttling = mode }).AddStream("many", 20_000);

        LocalFixture.Refused(() => kinesis.AddStream("one", 1), "LimitExceededException");
        for (var i = 0; i < 50; i++)
            kinesis.AddStream($"stream-{i}", new LocalStreamOptions { ShardCount = null });
        LocalFixture.Refused(() => kinesis.AddStream("stream-50", new LocalStreamOptions { ShardCount = null }), "LimitExceededException");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Scaling_is_twice_or_half_and_ten_times_a_day(LocalThrottling mode)
    {
        var local = new LocalFixture(shards: 4, new() { Throttling = mode });
        LocalFixture.Refused(() => local.Stream.UpdateShardCount(9), "LimitExceededException");
        LocalFixture.Refused(() => local.Stream.UpdateShardCount(1), "LimitExceededException");
        for (var i = 0; i < 10; i++)
            local.Stream.UpdateShardCount(i % 2 == 0 ? 8 : 4);
        LocalFixture.Refused(() => local.Stream.UpdateShardCount(8), "LimitExceededException");

        local.Clock.Advance(TimeSpan.FromDays(1));
        local.Stream.UpdateShardCount(8);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Tags_key_changes_and_mode_switches_are_counted(LocalThrottling mode)
    {
        var local = In(mode);
        local.Stream.Tags.Add(Enumerable.Range(0, 50).ToDictionary(static i => $"tag-{i}", static i => $"{i}"));
        LocalFixture.Refused(() => local.Stream.Tags.Add(new Dictionary<string, string> { ["tag-50"] = "" }), "InvalidArgumentException");
        for (var i = 0; i < 25; i++)
            local.Stream.SettingChanges.ChangeEncryption($"alias/{i}");
        LocalFixture.Refused(() => local.Stream.SettingChanges.ChangeEncryption(null), "LimitExceededException");
        local.Stream.Changes.ChangeMode("ON_DEMAND");
        local.Stream.Changes.ChangeMode("PROVISIONED");
        LocalFixture.Refused(() => local.Stream.Changes.ChangeMode("ON_DEMAND"), "LimitExceededException");
    }

    private static LocalFixture In(LocalThrottling mode) => new(options: new() { Throttling = mode });

    private static ValueTask<PutRecordsResponse> PutManyAsync(LocalFixture local, int records, int bytes) => local.Kinesis.PutRecordsAsync(
        new(local.Reference, Enumerable.Range(0, records).Select(_ => new PutRecordsEntry(new byte[bytes], "key")).ToArray()), Token);
}
