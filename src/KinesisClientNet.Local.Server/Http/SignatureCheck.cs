using System.Globalization;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Shapes;
using Microsoft.AspNetCore.Http;

namespace KinesisClientNet.Local.Server.Http;

/// <summary>
/// Looks whether a request is signed (Signature Version 4): every part must be there, its value is not verified and any credentials do.
/// An unsigned request is a client's bug that AWS would refuse, so it is refused here too (kinesis-service reference §2.3, step 8).
/// </summary>
/// <param name="clock">The clock by which a signature is too old or too young; null to take any.</param>
internal sealed class SignatureCheck(TimeProvider? clock)
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const string Algorithm = "X-Amz-Algorithm";

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);
    private static readonly string[] HeaderParts = ["Credential", "Signature", "SignedHeaders"];
    private static readonly string[] QueryParts = ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"];

    /// <summary>The refusal, or null for a request with all parts of a signature.</summary>
    public KinesisApiException? Check(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        var isInQuery = request.QueryString.HasValue && request.Query.ContainsKey(Algorithm);
        if (authorization.Length > 0 && isInQuery)
        {
            return FrontRefusal.Authentication(
                "InvalidSignatureException", $"Found both '{Algorithm}' as a query-string param and 'Authorization' as HTTP header.");
        }

        if (authorization.Length == 0 && !isInQuery)
            return FrontRefusal.Authentication("MissingAuthenticationTokenException", "Missing Authentication Token");
        return (isInQuery ? CheckQuery(request) : CheckHeader(request, authorization)) ??
            CheckAge(isInQuery ? request.Query["X-Amz-Date"].ToString() : request.Headers["X-Amz-Date"].ToString());
    }

    /// <summary>A signature is good for five minutes around its time (IAM user guide, "Troubleshooting signing requests").</summary>
    private KinesisApiException? CheckAge(string signedAt)
    {
        if (clock is null || !DateTimeOffset.TryParseExact(
            signedAt, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var (earliest, latest) = (now - Tolerance, now + Tolerance);
        return time < earliest ? Refused($"Signature expired: {signedAt} is now earlier than {Text(earliest)} ({Text(now)} - 5 min.)")
            : time > latest ? Refused($"Signature not yet current: {signedAt} is still later than {Text(latest)} ({Text(now)} + 5 min.)")
            : null;

        static KinesisApiException Refused(string message) => FrontRefusal.Authentication("InvalidSignatureException", message);

        static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
    }

    private static KinesisApiException? CheckHeader(HttpRequest request, string authorization)
    {
        List<string>? missing = null;
        foreach (var part in HeaderParts)
        {
            if (!HasPart(authorization, part))
                (missing ??= []).Add($"Authorization header requires '{part}' parameter.");
        }

        if (request.Headers["X-Amz-Date"].Count == 0 && request.Headers.Date.Count == 0)
            (missing ??= []).Add("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
        return missing is null ? null : FrontRefusal.Authentication("IncompleteSignatureException", string.Join(' ', missing));
    }

    private static KinesisApiException? CheckQuery(HttpRequest request)
    {
        var missing = QueryParts.Where(part => string.IsNullOrEmpty(request.Query[part])).ToArray();
        return missing.Length == 0
            ? null
            : FrontRefusal.Authentication(
                "IncompleteSignatureException",
                string.Join(' ', missing.Select(part => $"AWS query-string parameters must include '{part}'.").Append("Re-examine the query-string parameters.")));
    }

    /// <summary>Whether <c>part=value</c> is one of the header's comma-separated parts, with a value.</summary>
    private static bool HasPart(ReadOnlySpan<char> authorization, ReadOnlySpan<char> part)
    {
        var at = authorization.IndexOf(part);
        while (at >= 0)
        {
            var rest = authorization[(at + part.Length)..];
            if ((at == 0 || authorization[at - 1] is ' ' or ',') && rest.Length > 1 && rest[0] == '=' && rest[1] is not (',' or ' '))
                return true;
            var next = rest.IndexOf(part);
            at = next < 0 ? -1 : at + part.Length + next;
        }

        return false;
    }
}
