using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Retrieval.FanOut;

/// <summary>
/// The application's registration with the stream: the given ARN, or the consumer of the given name, registered if need be and awaited until it is
/// ACTIVE. Looked up once for all shards, and again when the service no longer knows it. Thread-safe.
/// </summary>
internal sealed class FanOutRegistration(IKinesisApi api, StreamReference stream, string consumerName, FanOutOptions options, TimeProvider time, ILogger logger) : IDisposable
{
    private const string Active = "ACTIVE";

    /// <summary>A consumer is ACTIVE within seconds, and gone within seconds; what takes longer is reported and tried again.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Hundreds of shards ask at once: a failure answers all of them for this long.</summary>
    private static readonly TimeSpan FailureHolds = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task<string>? _lookup;
    private long? _failedAt;
    private string? _registered;

    /// <summary>The consumer's ARN.</summary>
    /// <exception cref="KinesisApiException">It could not be found, registered or become ACTIVE.</exception>
    public ValueTask<string> ArnAsync(CancellationToken cancellationToken)
    {
        if (options.ConsumerArn is { } given)
            return new(given);
        Task<string> lookup;
        lock (_gate)
        {
            if (_lookup is { IsFaulted: true } && (_failedAt is not { } failed || time.GetElapsedTime(failed) >= FailureHolds))
                _lookup = null;
            lookup = _lookup ??= Task.Run(() => LookUpAsync(_stopping.Token), CancellationToken.None);
        }

        return lookup.IsCompletedSuccessfully ? new(lookup.Result) : new(lookup.WaitAsync(cancellationToken));
    }

    /// <summary>The service does not know the ARN, or refuses it for long: it is looked up again.</summary>
    public void Distrust(string arn)
    {
        lock (_gate)
        {
            if (_lookup is { IsCompletedSuccessfully: true } known && known.Result == arn)
                _lookup = null;
        }
    }

    /// <summary>Removes the consumer, if the options say so and this process knows it.</summary>
    public async ValueTask DeregisterAsync(CancellationToken cancellationToken)
    {
        if (!options.DeregistersOnStop || Volatile.Read(ref _registered) is not { } arn)
            return;
        try
        {
            await api.DeregisterStreamConsumerAsync(arn, cancellationToken).ConfigureAwait(false);
            ConsumerLog.FanOutDeregistered(logger, consumerName, stream.ToString());
        }
        catch (Exception error) when (error is KinesisApiException or OperationCanceledException)
        {
            // Stopping goes on; the charge goes on too, so it is said.
            ConsumerLog.FanOutDeregisterFailed(logger, consumerName, stream.ToString(), error);
        }
    }

    public void Dispose() => _stopping.Cancel();

    private async Task<string> LookUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            var streamArn = stream.Arn ?? (await CallAsync(
                token => api.DescribeStreamSummaryAsync(stream, token), "DescribeStreamSummary", cancellationToken).ConfigureAwait(false)).StreamArn;
            var arn = await ActivateAsync(streamArn, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _registered, arn);
            return arn;
        }
        catch (Exception)
        {
            lock (_gate)
                _failedAt = time.GetTimestamp();
            throw;
        }
    }

    private async Task<string> ActivateAsync(string streamArn, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        while (true)
        {
            var consumer = await FindAsync(streamArn, cancellationToken).ConfigureAwait(false)
                ?? await RegisterAsync(streamArn, cancellationToken).ConfigureAwait(false);
            if (consumer?.ConsumerStatus == Active)
                return consumer.ConsumerArn;
            if (time.GetElapsedTime(startedAt) >= LongestWait)
            {
                throw new KinesisApiException(
                    KinesisErrorKind.ResourceInUse, "ConsumerNotActive",
                    $"Consumer {consumerName} of stream {stream} is {consumer?.ConsumerStatus ?? "being registered by somebody else"} for {LongestWait}; it is awaited further. "
                    + "If it stays so, set another Retrieval.FanOut.ConsumerName.");
            }

            await Task.Delay(PollInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<StreamConsumer?> FindAsync(string streamArn, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(
                token => api.DescribeStreamConsumerAsync(streamArn, consumerName, token), "DescribeStreamConsumer", cancellationToken).ConfigureAwait(false);
        }
        catch (KinesisApiException error) when (error.Kind == KinesisErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>Null when another worker was faster: then it is described.</summary>
    private async ValueTask<StreamConsumer?> RegisterAsync(string streamArn, CancellationToken cancellationToken)
    {
        try
        {
            var consumer = await CallAsync(
                token => api.RegisterStreamConsumerAsync(streamArn, consumerName, token), "RegisterStreamConsumer", cancellationToken).ConfigureAwait(false);
            ConsumerLog.FanOutRegistered(logger, consumerName, stream.ToString());
            return consumer;
        }
        catch (KinesisApiException error) when (error.Kind == KinesisErrorKind.ResourceInUse)
        {
            return null;
        }
        catch (KinesisApiException error) when (error.Kind == KinesisErrorKind.LimitExceeded)
        {
            throw new KinesisApiException(
                error.Kind, error.Code,
                $"Consumer {consumerName} cannot be registered with stream {stream}: {error.Message} A stream takes 20 consumers (50 with On-demand Advantage), five of them "
                + "being created. Deregister one, name an existing one in Retrieval.FanOut.ConsumerName, or set Retrieval.Mode to Auto or Polling.",
                error.HttpStatus, error.RequestId, error);
        }
    }

    private ValueTask<T> CallAsync<T>(Func<CancellationToken, ValueTask<T>> call, string operation, CancellationToken cancellationToken) => DeadlineCall.RunAsync(
        call, null, options.CallTimeout, time, ($"{operation} for consumer {consumerName} of stream {stream}", "Retrieval.FanOut.CallTimeout"), cancellationToken);
}
