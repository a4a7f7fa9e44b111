using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Local.Server.Operations;
using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Local.Server.Http;

/// <summary>
/// The service's front end: looks at a request in the order in which AWS does (kinesis-service reference §2.3), hands it to its operation
/// and sends the answer or the error. Runs directly on the HTTP server, without a middleware pipeline.
/// </summary>
internal sealed class KinesisFront(
    OperationTable operations, SignatureCheck signatures, RequestIds ids, ResponseClock clock, int maxRequestBodyBytes, ILogger log, CancellationToken stopping)
    : IHttpApplication<DefaultHttpContext>
{
    private const string UnknownOperationXml = "<UnknownOperationException/>\n";

    private const string AccessDeniedXml =
        "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n";

    private readonly WriterPool _writers = new();

    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> connection)
            return new(contextFeatures);
        var context = connection.HostContext ??= new();
        context.Initialize(contextFeatures);
        return context;
    }

    public void DisposeContext(DefaultHttpContext context, Exception? exception) => context.Uninitialize();

    public async Task ProcessRequestAsync(DefaultHttpContext context)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        var id = ids.Next();
        Stamp(response, id);
        try
        {
            using var body = await RequestBody.ReadAsync(request, maxRequestBodyBytes, cancellation).ConfigureAwait(false);
            if (body is null)
                RefuseTooLarge(response);
            else if (!CrossOrigin.Answer(request, response))
                await AnswerAsync(context, body, id).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConnectionResetException or ConnectionAbortedException)
        {
            context.Abort(); // the client left, or the server stops in the middle of an event stream
        }
    }

    private static void Stamp(HttpResponse response, RequestId id, string date)
    {
        response.Headers["x-amzn-RequestId"] = id.ToString();
        response.Headers["x-amz-id-2"] = id.ToExtendedText();
        response.Headers.Date = date;
    }

    private void Stamp(HttpResponse response, RequestId id) => Stamp(response, id, clock.Text);

    private static void RefuseTooLarge(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        response.ContentLength = 0;
        response.Headers.Connection = "close"; // the rest of the body is not worth reading
    }

    private Task AnswerAsync(DefaultHttpContext context, PooledBuffer body, RequestId id)
    {
        var (request, response, cancellation) = (context.Request, context.Response, context.RequestAborted);
        var target = request.Headers["X-Amz-Target"].ToString();
        if (!HttpMethods.IsPost(request.Method))
            return AnswerSender.SendXmlAsync(response, StatusCodes.Status403Forbidden, "AccessDeniedException", AccessDeniedXml, cancellation);
        var format = BodyFormats.Parse(request.ContentType);
        if (format is null && body.Length > 0)
        {
            return target.Length == 0
                ? AnswerSender.SendXmlAsync(response, StatusCodes.Status403Forbidden, "AccessDeniedException", AccessDeniedXml, cancellation)
                : AnswerSender.SendXmlAsync(response, StatusCodes.Status404NotFound, "UnknownOperationException", UnknownOperationXml, cancellation);
        }

        return AnswerAsync(context, new FrontRequest(target, operations.Find(target), format ?? BodyFormat.Json, body, id));
    }

    private async Task AnswerAsync(DefaultHttpContext context, FrontRequest request)
    {
        var answer = _writers.Rent(request.Format);
        try
        {
            await RunAsync(context, request, answer).ConfigureAwait(false);
        }
        catch (KinesisApiException error) when (error.Kind == KinesisErrorKind.Connection)
        {
            context.Abort(); // an injected fault: no answer comes
        }
        catch (KinesisApiException error) when (!context.Response.HasStarted)
        {
            log.RequestRefused(request.Target, error.Code, request.Id.ToString());
            await AnswerSender.SendErrorAsync(context.Response, error, answer, request.Format, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception exception) when (!context.RequestAborted.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            // The edge of the service: whatever failed inside is the service's fault, and is said so on both sides.
            log.RequestFailed(exception, request.Target, request.Id.ToString());
            if (context.Response.HasStarted)
                context.Abort();
            else
                await AnswerSender.SendErrorAsync(context.Response, FrontRefusal.InternalFailure(), answer, request.Format, context.RequestAborted).ConfigureAwait(false);
        }
        finally
        {
            _writers.Return(answer);
        }
    }

    private async Task RunAsync(DefaultHttpContext context, FrontRequest request, BodyWriter answer)
    {
        var operation = request.Operation;
        var unsigned = signatures.Check(context.Request);
        if (operation?.Direct is { } direct && unsigned is null)
        {
            if (await direct(new(request.Body.WrittenMemory, request.Format, answer, context.RequestAborted)).ConfigureAwait(false))
            {
                await AnswerSender.SendAsync(context.Response, answer, request.Format, context.RequestAborted).ConfigureAwait(false);
                return;
            }
        }

        var input = Parse(request);
        if (operation is null)
            throw FrontRefusal.UnknownOperation();
        if (unsigned is not null)
            throw unsigned;
        TypeCheck.Check(operation.Members, input);
        ConstraintCheck.Check(operation.Members, input);
        if (operation.Subscribe is { } subscribe)
        {
            await SubscribeAsync(context, subscribe, input, answer).ConfigureAwait(false);
            return;
        }

        await operation.Run(new(input, answer, context.RequestAborted)).ConfigureAwait(false);
        await AnswerSender.SendAsync(context.Response, answer, request.Format, context.RequestAborted).ConfigureAwait(false);
    }

    private async Task SubscribeAsync(
        DefaultHttpContext context, Func<OperationCall, ValueTask<IShardSubscription>> subscribe, WireValue input, BodyWriter answer)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var subscription = await subscribe(new(input, answer, ending.Token)).ConfigureAwait(false);
        await using var _ = ((IAsyncDisposable)subscription).ConfigureAwait(false);
        var json = (JsonBodyWriter)_writers.Rent(BodyFormat.Json);
        try
        {
            await new SubscriptionAnswer(context.Response, json).SendAsync(subscription, ending.Token).ConfigureAwait(false);
        }
        finally
        {
            _writers.Return(json);
        }
    }

    private static WireValue Parse(FrontRequest request)
    {
        try
        {
            if (request.Body.Length > 0 && WireValueReader.Read(request.Body.WrittenSpan, request.Format) is { Kind: WireKind.Map } input)
                return input;
        }
        catch (FormatException)
        {
            // refused below, as the service does it: without a word about the place
        }

        throw request.Operation is null && request.Body.Length == 0 ? FrontRefusal.UnknownOperation() : FrontRefusal.Serialization("");
    }

    private readonly record struct FrontRequest(string Target, Operation? Operation, BodyFormat Format, PooledBuffer Body, RequestId Id);
}
