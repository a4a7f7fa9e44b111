using Amazon.Runtime;
using KinesisClientNet.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>Makes signed requests, and puts right what a signature can get wrong: old credentials, a wrong clock. Thread-safe.</summary>
internal sealed class RequestFactory(CredentialCache credentials, RequestSigner signer, ServiceClock clock, string userAgent, ILogger logger)
{
    /// <summary>A request for an attempt, signed now.</summary>
    public async ValueTask<HttpRequestMessage> CreateAsync(
        WireCall call, WireAttempt attempt, RequestBody body, Version version, CancellationToken cancellationToken)
    {
        attempt.Credentials = await CredentialsAsync(call, cancellationToken).ConfigureAwait(false);
        attempt.SignedAt = clock.Now;
        var amzDate = RequestSigner.AmzDate(attempt.SignedAt);
        var request = new HttpRequestMessage(HttpMethod.Post, call.Endpoint.Uri)
        {
            Content = body,
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        body.Headers.TryAddWithoutValidation("Content-Type", call.ContentType);
        var headers = request.Headers;
        headers.Host = call.Endpoint.Host;
        headers.TryAddWithoutValidation("X-Amz-Target", call.Operation.Target);
        headers.TryAddWithoutValidation("X-Amz-Date", amzDate);
        headers.TryAddWithoutValidation("User-Agent", userAgent);
        if (attempt.Credentials is { } signWith)
        {
            if (signWith.UseToken)
                headers.TryAddWithoutValidation("X-Amz-Security-Token", signWith.Token);
            var signed = new RequestSigner.Request(call.Endpoint, call.ContentType, call.Operation.Target, call.BodyHash);
            headers.TryAddWithoutValidation("Authorization", signer.Sign(signed, signWith, amzDate));
        }

        return request;
    }

    /// <summary>Corrects the cause of a refusal, if it is one that another attempt can profit from. Such a call was not applied.</summary>
    public bool TryRepair(KinesisApiException error, WireAttempt attempt)
    {
        if (ErrorCatalogue.MayBeCredentials(error.Code))
        {
            CoreLog.CredentialsRefused(logger, error.Code);
            credentials.Drop(attempt.Credentials);
            return true;
        }

        if (!ErrorCatalogue.MayBeClock(error.Code) || attempt.ServiceTime is not { } serviceTime || !clock.TryCorrect(serviceTime, attempt.SignedAt))
            return false;
        CoreLog.ClockCorrected(logger, clock.Offset);
        return true;
    }

    private async ValueTask<ImmutableCredentials?> CredentialsAsync(WireCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await credentials.GetAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new KinesisApiException(
                KinesisErrorKind.Authentication, ErrorCatalogue.CredentialsUnavailable,
                $"{call.Operation.Name} at {call.Endpoint.Host} could not be signed: {error.Message} Check Connection.Credentials, Connection.Profile or the environment.",
                innerException: error);
        }
    }
}
