using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace KinesisClientNet.Local.Server.Http;

/// <summary>
/// Lets one plain port speak HTTP/1.1 and HTTP/2. Without TLS there is no ALPN and Kestrel settles for HTTP/1.1; this connection
/// middleware looks at the first bytes and, when they are HTTP/2's preface (RFC 9113 §3.4), answers the question of the protocol as ALPN would.
/// </summary>
internal sealed class Http2PriorKnowledge(ConnectionDelegate next, TimeProvider timeProvider)
{
    /// <summary>A connection that sends nothing is closed after this time; Kestrel's own timer starts behind this middleware.</summary>
    private static readonly TimeSpan FirstBytesTimeout = TimeSpan.FromSeconds(130);

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        using var timeout = new CancellationTokenSource(FirstBytesTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, connection.ConnectionClosed);
        bool isHttp2;
        try
        {
            isHttp2 = await StartsWithPrefaceAsync(connection.Transport.Input, either.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            return; // the client left, or never said anything: nothing to answer
        }

        if (isHttp2)
        {
            connection.Features.Set<ITlsApplicationProtocolFeature>(NegotiatedHttp2.Instance);

            // Kestrel believes in a negotiated protocol only beside TLS. Schemes are not compared (AllowAlternateSchemes), so "http" stays.
            connection.Features.Set<ITlsConnectionFeature>(NegotiatedHttp2.Instance);
        }

        await next(connection).ConfigureAwait(false);
    }

    private static async ValueTask<bool> StartsWithPrefaceAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var verdict = Judge(read.Buffer);
            var isDecided = verdict is not null || read.IsCompleted;

            // Nothing is consumed: the protocol that is chosen reads the same bytes again.
            input.AdvanceTo(read.Buffer.Start, isDecided ? read.Buffer.Start : read.Buffer.End);
            if (isDecided)
                return verdict ?? false;
        }
    }

    /// <summary>True or false when the bytes decide; null when they are only the beginning of the preface.</summary>
    private static bool? Judge(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> first = stackalloc byte[Preface.Length];
        var length = (int)Math.Min(bytes.Length, Preface.Length);
        bytes.Slice(0, length).CopyTo(first);
        if (!Preface.StartsWith(first[..length]))
            return false;
        return length == Preface.Length ? true : null;
    }

    private sealed class NegotiatedHttp2 : ITlsApplicationProtocolFeature, ITlsConnectionFeature
    {
        public static NegotiatedHttp2 Instance { get; } = new();

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        public X509Certificate2? ClientCertificate
        {
            get => null;
            set => throw new NotSupportedException("The plain port has no client certificates.");
        }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
    }
}
