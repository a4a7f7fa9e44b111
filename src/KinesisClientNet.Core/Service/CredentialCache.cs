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

    private readonly Lock _gate = new();
    private Entry? _entry;
    private Task<Entry>? _refresh;
    private AWSCredentials? _provider;

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
            _ = RefreshAsync();
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
            (_provider as RefreshingAWSCredentials)?.ClearCredentials();
            _provider = null;
        }
    }

    private async ValueTask<ImmutableCredentials?> WaitAsync(CancellationToken cancellationToken) =>
        (await RefreshAsync().WaitAsync(cancellationToken).ConfigureAwait(false)).Credentials;

    private bool IsUsable(Entry entry) => entry.Expiry is { } expiry
        ? timeProvider.GetUtcNow() < expiry
        : timeProvider.GetElapsedTime(entry.FetchedAt) < StaleAfter;

    private Task<Entry> RefreshAsync()
    {
        lock (_gate)
        {
            // Off the caller's path: sources may read files or block on the instance's metadata.
            return _refresh ??= Task.Run(FetchAsync);
        }
    }

    private async Task<Entry> FetchAsync()
    {
        try
        {
            var provider = _provider ??= await source().ConfigureAwait(false);
            var credentials = await provider.GetCredentialsAsync().ConfigureAwait(false);
            var expiry = provider.Expiration is { } utc ? new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)) : (DateTimeOffset?)null;
            if (expiry - timeProvider.GetUtcNow() < RefreshAhead && provider is RefreshingAWSCredentials refreshing)
            {
                refreshing.ClearCredentials();
                credentials = await provider.GetCredentialsAsync().ConfigureAwait(false);
                expiry = provider.Expiration is { } later ? new DateTimeOffset(DateTime.SpecifyKind(later, DateTimeKind.Utc)) : null;
            }

            var entry = new Entry(credentials, timeProvider.GetTimestamp(), expiry);
            lock (_gate)
                (_entry, _refresh) = (entry, null);
            return entry;
        }
        catch (Exception error)
        {
            // The waiting calls fail with it; without a waiting call the log is the only place.
            CoreLog.CredentialsUnavailable(logger, error);
            lock (_gate)
                _refresh = null;
            throw;
        }
    }

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
