using Amazon.Runtime;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Tests.Service.Endpoints;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace KinesisClientNet.Core.Tests.Service;

[Collection(EnvironmentCollection.Name)]
public sealed class CredentialCacheTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 10, 3, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Within_a_second_the_source_is_asked_once()
    {
        var source = new CountingSource(_clock, TimeSpan.FromHours(1));
        var cache = Cache(source);

        for (var i = 0; i < 10; i++)
            Assert.Equal("KEY-1", (await cache.GetAsync(Token))!.AccessKey);

        Assert.Equal(1, source.Asked);
    }

    [Fact]
    public async Task Concurrent_first_calls_wait_for_one_answer()
    {
        var source = new CountingSource(_clock, TimeSpan.FromHours(1));
        var cache = Cache(source);

        var keys = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () => (await cache.GetAsync(Token))!.AccessKey)));

        Assert.All(keys, key => Assert.Equal("KEY-1", key));
        Assert.Equal(1, source.Asked);
    }

    [Fact]
    [Trait("Story", "K3")]
    public async Task Five_minutes_before_the_expiry_new_ones_are_fetched_without_anybody_waiting()
    {
        var source = new CountingSource(_clock, TimeSpan.FromHours(1));
        var cache = Cache(source);
        await cache.GetAsync(Token);

        _clock.Advance(TimeSpan.FromMinutes(56));
        var hold = source.HoldNext();
        Assert.Equal("KEY-1", (await cache.GetAsync(Token))!.AccessKey); // the old ones, at once
        await source.NextAsked.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal("KEY-1", (await cache.GetAsync(Token))!.AccessKey); // still, while the source is busy
        hold.SetResult();

        Assert.Equal("KEY-2", await EventuallyAsync(cache, "KEY-2"));
        Assert.Equal(2, source.Asked);
    }

    [Fact]
    public async Task Expired_ones_are_never_used()
    {
        var source = new CountingSource(_clock, TimeSpan.FromHours(1));
        var cache = Cache(source);
        await cache.GetAsync(Token);

        _clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal("KEY-2", (await cache.GetAsync(Token))!.AccessKey);
    }

    [Fact]
    [Trait("Story", "K3")]
    public async Task Good_ones_are_used_while_the_source_is_down_and_it_is_not_hammered()
    {
        var source = new CountingSource(_clock, TimeSpan.FromHours(1));
        var cache = Cache(source);
        await cache.GetAsync(Token);
        source.IsDown = true;

        _clock.Advance(TimeSpan.FromMinutes(57));
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("KEY-1", (await cache.GetAsync(Token))!.AccessKey);
            await Task.Yield();
        }

        source.IsDown = false;
        _clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("KEY-2", await EventuallyAsync(cache, "KEY-2"));
        Assert.InRange(source.Asked, 2, 5);
    }

    [Fact]
    public async Task Dropped_ones_are_asked_anew_but_not_when_others_came_meanwhile()
    {
        var source = new CountingSource(_clock, TimeSpan.FromHours(1));
        var cache = Cache(source);
        var first = await cache.GetAsync(Token);

        cache.Drop(first);
        var second = await cache.GetAsync(Token);
        cache.Drop(first); // a slow call's late complaint
        var third = await cache.GetAsync(Token);

        Assert.Equal("KEY-2", second!.AccessKey);
        Assert.Same(second, third);
    }

    [Fact]
    public async Task A_waiting_call_can_be_cancelled_while_the_source_hangs()
    {
        var source = new CountingSource(_clock, TimeSpan.FromHours(1));
        var hold = source.HoldNext();
        var cache = Cache(source);
        using var cancel = new CancellationTokenSource();

        var call = cache.GetAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        hold.SetResult();
    }

    [Fact]
    public async Task A_named_profile_and_the_environment_are_sources()
    {
        using (new AwsEnvironment("AWS_ACCESS_KEY_ID=ENV-KEY AWS_SECRET_ACCESS_KEY=secret"))
        {
            Assert.Equal("PROFILE-KEY", (await Create(new() { Profile = "keys" }).GetAsync(Token))!.AccessKey);
            Assert.Equal("ENV-KEY", (await Create(new()).GetAsync(Token))!.AccessKey);
        }

        var error = await Assert.ThrowsAsync<AmazonClientException>(async () => await Create(new() { Profile = "nobody" }).GetAsync(Token));
        Assert.Contains("Connection.Profile 'nobody'", error.Message, StringComparison.Ordinal);
    }

    private static async Task<string> EventuallyAsync(CredentialCache cache, string expected)
    {
        while (true)
        {
            var key = (await cache.GetAsync(Token))!.AccessKey;
            if (key == expected)
                return key;
            await Task.Yield();
        }
    }

    private CredentialCache Cache(AWSCredentials source) => new(() => Task.FromResult(source), _clock, NullLogger.Instance);

    private CredentialCache Create(KinesisConnectionOptions options) => CredentialCache.Create(options, new(), _clock, NullLogger.Instance);

    /// <summary>Issues KEY-1, KEY-2, ... each good for the given time on the test's clock.</summary>
    private sealed class CountingSource(FakeTimeProvider clock, TimeSpan lifetime) : RefreshingAWSCredentials(new SdkClock(clock))
    {
        private TaskCompletionSource? _hold;
        private TaskCompletionSource _asked = new();
        private int _issued;

        public int Asked { get; private set; }

        public bool IsDown { get; set; }

        public Task NextAsked => _asked.Task;

        public TaskCompletionSource HoldNext()
        {
            _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _hold = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
        {
            Asked++;
            var hold = Interlocked.Exchange(ref _hold, null);
            _asked.TrySetResult();
            if (hold is not null)
                await hold.Task;
            if (IsDown)
                throw new AmazonClientException("the source is down");
            return new(new ImmutableCredentials($"KEY-{++_issued}", "secret", "token"), (clock.GetUtcNow() + lifetime).UtcDateTime, _timeProvider);
        }

        private sealed class SdkClock(FakeTimeProvider clock) : Amazon.Util.Internal.ITimeProvider
        {
            public DateTime Now => clock.GetLocalNow().DateTime;

            public DateTime UtcNow => clock.GetUtcNow().UtcDateTime;

            public DateTime CorrectedUtcNow => UtcNow;
        }
    }
}
