using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using KinesisClientNet.Core.Service.Endpoints;
using KinesisClientNet.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Core.Service;

/// <summary>
/// The credentials of the next request. They are asked from their source at most once a second, in the background while the last ones are
/// still good, so that no call waits for a refresh; five minutes before their expiry they are asked in any case. Thread-safe.
/// </summary>
internal sealed class CredentialCache(Func<Task<AWSCredentials>> source, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);

    /// <summary>Credentials without an expiry that nobody used for so long are asked anew before they are used.</summary>
    private static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan RefreshAhead = TimeSpan.FromMinutes(5);

    /// <summary>How long a source that failed is left alone while the last credentials are still good.</summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private Entry? _entry;
    private Task<Entry>? _refresh;
    private AWSCredentials? _provider;
    private int _generation;
    private long? _failedAt;
    private DateTimeOffset? _triedAheadOf;

    private sealed record Entry(ImmutableCredentials? Credentials, long FetchedAt, DateTimeOffset? Expiry);

    /// <summary>The cache for a client's options.</summary>
    public static CredentialCache Create(KinesisConnectionOptions options, KinesisClientConfig config, TimeProvider timeProvider, ILogger logger) =>
        new(() => ResolveAsync(options, config), timeProvider, logger);

    /// <summary>The credentials; null means that requests go unsigned (anonymous credentials).</summary>
    public ValueTask<ImmutableCredentials?> GetAsync(CancellationToken cancellationToken)
    {
        var entry = Volatile.Read(ref _entry);
        if (entry is null || !IsUsable(entry))
            return WaitAsync(cancellationToken);
        if (timeProvider.GetElapsedTime(entry.FetchedAt) >= FreshFor)
            RefreshInBackground();
        return new(entry.Credentials);
    }

    /// <summary>Forgets credentials that the service refused; a source that can refresh is made to.</summary>
    public void Drop(ImmutableCredentials? refused)
    {
        lock (_gate)
        {
            if (_entry is null || !Equals(_entry.Credentials, refused))
                return; // Somebody else has brought newer ones already.
            _entry = null;
            _refresh = null;
            _generation++;
            (_provider as RefreshingAWSCredentials)?.ClearCredentials();
            _provider = null;
        }
    }

    private async ValueTask<ImmutableCredentials?> WaitAsync(CancellationToken cancellationToken) =>
        (await RefreshAsync().WaitAsync(cancellationToken).ConfigureAwait(false)).Credentials;

    private bool IsUsable(Entry entry) => entry.Expiry is { } expiry
        ? timeProvider.GetUtcNow() < expiry
        : timeProvider.GetElapsedTime(entry.FetchedAt) < StaleAfter;

    private void RefreshInBackground()
    {
        lock (_gate)
        {
            if (_refresh is not null || (_failedAt is { } failedAt && timeProvider.GetElapsedTime(failedAt) < PauseAfterFailure))
                return;
        }

        // A failure is logged where it happens; nobody waits for this task.
        _ = RefreshAsync().ContinueWith(
            static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private Task<Entry> RefreshAsync()
    {
        lock (_gate)
        {
            var generation = _generation;
            var provider = _provider;
            // Off the caller's path: sources may read files or block on the instance's metadata.
            return _refresh ??= Task.Run(() => FetchAsync(provider, generation));
        }
    }

    private async Task<Entry> FetchAsync(AWSCredentials? provider, int generation)
    {
        try
        {
            provider ??= await source().ConfigureAwait(false);
            var credentials = await provider.GetCredentialsAsync().ConfigureAwait(false);
            var entry = new Entry(credentials, timeProvider.GetTimestamp(), ExpiryOf(provider));
            if (IsTimeToRenew(provider, entry.Expiry))
                entry = await RenewAsync((RefreshingAWSCredentials)provider, entry).ConfigureAwait(false);
            lock (_gate)
            {
                if (generation == _generation)
                    (_entry, _provider, _refresh, _failedAt) = (entry, provider, null, null);
            }

            return entry;
        }
        catch (Exception error)
        {
            // The waiting calls fail with it; without a waiting call the log is the only place.
            CoreLog.CredentialsUnavailable(logger, error);
            lock (_gate)
            {
                if (generation == _generation)
                    (_refresh, _failedAt) = (null, timeProvider.GetTimestamp());
            }

            throw;
        }
    }

    /// <summary>True once for each expiry, when it comes near: a source that cannot do better yet is not asked again and again.</summary>
    private bool IsTimeToRenew(AWSCredentials provider, DateTimeOffset? expiry)
    {
        lock (_gate)
        {
            if (provider is not RefreshingAWSCredentials || expiry is null || expiry == _triedAheadOf || expiry - timeProvider.GetUtcNow() >= RefreshAhead)
                return false;
            _triedAheadOf = expiry;
            return true;
        }
    }

    private async Task<Entry> RenewAsync(RefreshingAWSCredentials provider, Entry current)
    {
        try
        {
            provider.ClearCredentials();
            var credentials = await provider.GetCredentialsAsync().ConfigureAwait(false);
            return new(credentials, timeProvider.GetTimestamp(), ExpiryOf(provider));
        }
        catch (Exception error)
        {
            // The present ones are good for some minutes more; the source is asked again meanwhile.
            CoreLog.CredentialsUnavailable(logger, error);
            return current;
        }
    }

    private static DateTimeOffset? ExpiryOf(AWSCredentials provider) =>
        provider.Expiration is { } utc ? new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)) : null;

    private static async Task<AWSCredentials> ResolveAsync(KinesisConnectionOptions options, KinesisClientConfig config)
    {
        if (options.Credentials is { } given)
            return given;
        if (options.Profile is not { } name)
            return await new DefaultAWSCredentialsIdentityResolver().ResolveIdentityAsync(config, CancellationToken.None).ConfigureAwait(false);
        return new CredentialProfileStoreChain().TryGetAWSCredentials(name, out var credentials)
            ? credentials
            : throw new AmazonClientException($"Connection.Profile '{name}' is not in the shared AWS configuration, or holds no credentials.");
    }
}
