using System.Globalization;
using System.Net.Security;
using Amazon.Runtime;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.LoadRig;

/// <summary>What a run sends, and to where.</summary>
internal sealed record LoadSettings
{
    private const int DistinctKeys = 5_000;
    private readonly string[] _keys = [.. Enumerable.Range(0, DistinctKeys).Select(i => string.Create(CultureInfo.InvariantCulture, $"customer-{i:D5}"))];

    public long Records { get; init; } = 1_000_000;

    public int RecordBytes { get; init; } = 200;

    public int Shards { get; init; } = 4;

    public bool Tls { get; init; } = true;

    public bool Aggregate { get; init; } = true;

    /// <summary>Send early while no call is in flight.</summary>
    public bool Early { get; init; }

    public string Stream { get; init; } = "sink";

    /// <summary>Another Kinesis endpoint; null starts the sink.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Trust any certificate; taken for loopback endpoints only.</summary>
    public bool TrustLoopbackCertificate { get; init; }

    public string? Region { get; init; }

    /// <summary>Whether the records go to the rig's own server, which has no limits and checks no credentials.</summary>
    public bool IsSink => Endpoint is null;

    public string Key(long index) => _keys[index % DistinctKeys];

    /// <summary>The payload of every record: pseudo-random bytes, the same in every run.</summary>
    public byte[] Payload()
    {
        var payload = new byte[RecordBytes];
        new Random(20130212).NextBytes(payload);
        return payload;
    }

    /// <summary>How the client reaches the endpoint. Credentials for a foreign one come from where AWS tools look for them.</summary>
    public KinesisConnectionOptions Connection(Uri endpoint)
    {
        var options = new KinesisConnectionOptions
        {
            ServiceUrl = endpoint,
            Region = Region ?? (IsSink ? "us-east-1" : null),
            AllowUntrustedLoopbackCertificate = TrustLoopbackCertificate || IsSink,
        };
        if (IsSink)
            options.Credentials = new BasicAWSCredentials("sink", "sink");
        return options;
    }

    /// <summary>The baseline's handler; it talks to the rig's own server only.</summary>
    public static SocketsHttpHandler Handler() => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (sender, _, _, errors) =>
                errors == SslPolicyErrors.None || (sender is SslStream { TargetHostName: "127.0.0.1" }),
        },
    };
}
