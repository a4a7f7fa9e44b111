using System.Net;
using KinesisClientNet.Core.Telemetry;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>
/// Sends one attempt of a call, holds it to the deadline from the connection to the last byte of the body, and turns everything that can go
/// wrong into <see cref="KinesisApiException"/>. A refusal of the signature is put right once. Thread-safe.
/// </summary>
internal sealed class WireSender(RequestFactory requests, HttpMessageInvoker calls, HttpMessageInvoker subscriptions, WireSettings settings)
{
    private delegate ValueTask<T> Accept<T>(WireCall call, HttpResponseMessage answer, CancellationToken deadline);

    /// <summary>Sends a call over HTTP/1.1 and reads the whole answer.</summary>
    public ValueTask<WireResponse> SendAsync(WireCall call, CancellationToken cancellationToken) =>
        SendAsync(call, calls, HttpVersion.Version11, ReadAsync, cancellationToken);

    /// <summary>Sends a call over HTTP/2 and leaves the body of the answer open. The caller disposes it.</summary>
    public ValueTask<HttpResponseMessage> OpenAsync(WireCall call, CancellationToken cancellationToken) =>
        SendAsync(call, subscriptions, HttpVersion.Version20, KeepOpenAsync, cancellationToken);

    private async ValueTask<T> SendAsync<T>(
        WireCall call, HttpMessageInvoker invoker, Version version, Accept<T> accept, CancellationToken cancellationToken)
    {
        for (var isRepaired = false; ; isRepaired = true)
        {
            var attempt = new WireAttempt();
            try
            {
                return await AttemptAsync(call, attempt, invoker, version, accept, cancellationToken).ConfigureAwait(false);
            }
            catch (KinesisApiException error) when (!isRepaired && error.HttpStatus != 0 && requests.TryRepair(error, attempt))
            {
                // The next turn signs anew.
            }
        }
    }

    private async ValueTask<T> AttemptAsync<T>(
        WireCall call, WireAttempt attempt, HttpMessageInvoker invoker, Version version, Accept<T> accept, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new CancellationTokenSource(settings.AttemptTimeout, settings.TimeProvider);
        using var link = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), deadline);
        // An HTTP/2 stream may still be sending when its answer is there: it must not read from memory that goes back to the pool.
        using var body = new RequestBody(version.Major == 1 ? call.Body : call.Body.Copy());
        try
        {
            using var request = await requests.CreateAsync(call, attempt, body, version, deadline.Token).ConfigureAwait(false);
            var answer = await invoker.SendAsync(request, deadline.Token).ConfigureAwait(false);
            attempt.ServiceTime = answer.Headers.Date;
            return await accept(call, answer, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not KinesisApiException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw AttemptFailures.Translate(call, error, body.Started, deadline.IsCancellationRequested, settings);
        }
    }

    private async ValueTask<WireResponse> ReadAsync(WireCall call, HttpResponseMessage answer, CancellationToken deadline)
    {
        using (answer)
        {
            var response = await ReadWholeAsync(call, answer, deadline).ConfigureAwait(false);
            return response.Status == 200 ? response : throw ErrorOf(call, answer, response);
        }
    }

    private async ValueTask<HttpResponseMessage> KeepOpenAsync(WireCall call, HttpResponseMessage answer, CancellationToken deadline)
    {
        if (answer.StatusCode == HttpStatusCode.OK)
            return answer;
        using (answer)
            throw ErrorOf(call, answer, await ReadWholeAsync(call, answer, deadline).ConfigureAwait(false));
    }

    private async ValueTask<WireResponse> ReadWholeAsync(WireCall call, HttpResponseMessage answer, CancellationToken deadline)
    {
        var requestId = ResponseReader.Header(answer.Headers, "x-amzn-RequestId");
        var body = await ResponseReader.ReadBodyAsync(answer.Content, deadline).ConfigureAwait(false);
        CoreLog.CallAnswered(settings.Logger, call.Operation.Name, call.Endpoint.Host, (int)answer.StatusCode, body.Length, requestId);
        return new((int)answer.StatusCode, ResponseReader.FormatOf(answer.Content.Headers), requestId, body);
    }

    private KinesisApiException ErrorOf(WireCall call, HttpResponseMessage answer, WireResponse response)
    {
        using (response)
        {
            return ServiceErrors.Read(
                call.Operation, call.Endpoint.Host, response, ResponseReader.Header(answer.Headers, "x-amzn-ErrorType"), RetryAfter(answer));
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter is not { } header ? null : header.Delta ?? (header.Date - settings.TimeProvider.GetUtcNow());
}
