using System.Buffers;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.LoadRig.Sink;

/// <summary>
/// A Kinesis that stores nothing: it answers PutRecords, ListShards and DescribeStreamSummary and counts. It runs in its own process, so that
/// the client's CPU time is the client's alone. Loopback only.
/// </summary>
internal sealed class SinkServer(int shardCount, TimeSpan delay)
{
    private const int MaxBodyBytes = 32 * 1024 * 1024;
    private const string CborType = "application/x-amz-cbor-1.1";
    private readonly SinkShards _shards = new(shardCount);
    private long _calls;
    private long _records;
    private long _bytes;

    /// <summary>Runs until standard input closes; prints one line with its two ports first.</summary>
    public async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 8 * 1024 * 1024;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.UseHttps(SelfSigned());
            });
        });
        await using var app = builder.Build();
        app.Run(HandleAsync);
        await app.StartAsync();
        var ports = app.Urls.Select(url => new Uri(url)).ToDictionary(url => url.Scheme, url => url.Port);
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"SINK http={ports["http"]} https={ports["https"]}"));
        await Console.In.ReadToEndAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Method == HttpMethods.Get)
        {
            await context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{{\"calls\":{_calls},\"records\":{_records},\"bytes\":{_bytes}}}"));
            return;
        }

        var length = (int)(request.ContentLength ?? 0);
        var body = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        try
        {
            await request.Body.ReadExactlyAsync(body.AsMemory(0, length), context.RequestAborted);
            var isCbor = request.ContentType == CborType;
            var answer = new ArrayBufferWriter<byte>(4096);
            var target = request.Headers["X-Amz-Target"].ToString();
            if (target.EndsWith(".PutRecords", StringComparison.Ordinal))
            {
                var count = isCbor
                    ? PutRecordsAnswer.Cbor(body.AsSpan(0, length), _shards, answer)
                    : PutRecordsAnswer.Json(body.AsSpan(0, length), _shards, answer);
                Interlocked.Increment(ref _calls);
                Interlocked.Add(ref _records, count);
                Interlocked.Add(ref _bytes, length);
                if (delay > TimeSpan.Zero)
                    await Task.Delay(delay, context.RequestAborted);
            }
            else
            {
                isCbor = false;
                answer.Write(ControlAnswer(target));
            }

            context.Response.ContentType = isCbor ? CborType : "application/x-amz-json-1.1";
            context.Response.ContentLength = answer.WrittenCount;
            await context.Response.BodyWriter.WriteAsync(answer.WrittenMemory, context.RequestAborted);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    private byte[] ControlAnswer(string target)
    {
        if (target.EndsWith(".ListShards", StringComparison.Ordinal))
        {
            var shards = string.Join(',', _shards.Shards.Select(s =>
                $$$"""{"ShardId":"{{{s.ShardId}}}","HashKeyRange":{"StartingHashKey":"{{{s.HashKeyRange.Start}}}","EndingHashKey":"{{{s.HashKeyRange.End}}}"},"SequenceNumberRange":{"StartingSequenceNumber":"{{{s.StartingSequenceNumber}}}"}}"""));
            return Encoding.UTF8.GetBytes($$"""{"Shards":[{{shards}}]}""");
        }

        return Encoding.UTF8.GetBytes(
            $$$$"""{"StreamDescriptionSummary":{"StreamName":"sink","StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/sink","StreamStatus":"ACTIVE","StreamModeDetails":{"StreamMode":"PROVISIONED"},"RetentionPeriodHours":24,"StreamCreationTimestamp":1700000000,"EnhancedMonitoring":[],"EncryptionType":"NONE","OpenShardCount":{{{{shardCount}}}},"ConsumerCount":0,"MaxRecordSizeInKiB":1024}}""");
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
