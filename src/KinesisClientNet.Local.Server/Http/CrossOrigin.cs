using Microsoft.AspNetCore.Http;

namespace KinesisClientNet.Local.Server.Http;

/// <summary>Answers browsers as the service does (kinesis-service reference §2.3, step 2).</summary>
internal static class CrossOrigin
{
    private const string ExposedHeaders = "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date";

    /// <summary>Two days, in seconds.</summary>
    private const string MaxAge = "172800";

    /// <summary>Adds the headers that a request with an origin is answered with; true when that is the whole answer (a preflight).</summary>
    public static bool Answer(HttpRequest request, HttpResponse response)
    {
        if (request.Headers.Origin.Count == 0)
            return false;
        response.Headers.AccessControlAllowOrigin = "*";
        if (!HttpMethods.IsOptions(request.Method))
        {
            response.Headers.AccessControlExposeHeaders = ExposedHeaders;
            return false;
        }

        if (request.Headers.AccessControlRequestHeaders is { Count: > 0 } headers)
            response.Headers.AccessControlAllowHeaders = headers;
        if (request.Headers.AccessControlRequestMethod is { Count: > 0 } method)
            response.Headers.AccessControlAllowMethods = method;
        response.Headers.AccessControlMaxAge = MaxAge;
        response.ContentLength = 0;
        return true;
    }
}
