using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using KinesisClientNet.Core.Service.Endpoints;

namespace KinesisClientNet.Core.Service;

/// <summary>
/// Signs requests with AWS Signature Version 4 in the Authorization header. Signed headers:
/// <c>content-type;host;x-amz-date;[x-amz-security-token;]x-amz-target</c>. The derived key is kept per secret, day and region. Thread-safe.
/// </summary>
internal sealed class RequestSigner
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string Service = "kinesis";

    private DerivedKey? _derived;

    private sealed record DerivedKey(string Secret, string Day, string Region, byte[] Key);

    /// <summary>What a signature covers.</summary>
    /// <param name="Endpoint">Host, path and region.</param>
    /// <param name="ContentType">The Content-Type header.</param>
    /// <param name="Target">The X-Amz-Target header.</param>
    /// <param name="BodyHash">Lower-case hex SHA-256 of the body.</param>
    public readonly record struct Request(KinesisEndpoint Endpoint, string ContentType, string Target, string BodyHash);

    /// <summary>The X-Amz-Date header of a moment.</summary>
    public static string AmzDate(DateTimeOffset now) => now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The hash of a body, once per call: retries sign the same body again.</summary>
    public static string HashBody(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>The Authorization header.</summary>
    public string Sign(in Request request, ImmutableCredentials credentials, string amzDate)
    {
        var hasToken = credentials.UseToken;
        var signedHeaders = hasToken
            ? "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
            : "content-type;host;x-amz-date;x-amz-target";
        var token = hasToken ? $"x-amz-security-token:{credentials.Token}\n" : "";
        var canonical = $"POST\n{CanonicalPath(request.Endpoint.Uri)}\n\ncontent-type:{request.ContentType}\nhost:{request.Endpoint.Host}\n"
            + $"x-amz-date:{amzDate}\n{token}x-amz-target:{request.Target}\n\n{signedHeaders}\n{request.BodyHash}";

        var day = amzDate[..8];
        var scope = $"{day}/{request.Endpoint.SigningRegion}/{Service}/aws4_request";
        var toSign = $"{Algorithm}\n{amzDate}\n{scope}\n{HashText(canonical)}";
        var signature = Hmac(KeyFor(credentials.SecretKey, day, request.Endpoint.SigningRegion), toSign);
        return $"{Algorithm} Credential={credentials.AccessKey}/{scope}, SignedHeaders={signedHeaders}, Signature={Convert.ToHexStringLower(signature)}";
    }

    private byte[] KeyFor(string secret, string day, string region)
    {
        var derived = Volatile.Read(ref _derived);
        if (derived is not null && derived.Day == day && derived.Region == region && derived.Secret == secret)
            return derived.Key;
        var key = Hmac(Encoding.UTF8.GetBytes("AWS4" + secret), day);
        key = Hmac(Hmac(Hmac(key, region), Service), "aws4_request");
        Volatile.Write(ref _derived, new(secret, day, region, key));
        return key;
    }

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string HashText(string text) => HashBody(Encoding.UTF8.GetBytes(text));

    /// <summary>The path, encoded once more than on the wire, as every service but S3 wants it; a custom address may carry one.</summary>
    private static string CanonicalPath(Uri uri)
    {
        var path = uri.AbsolutePath;
        return path is "/" or "" ? "/" : string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
    }
}
