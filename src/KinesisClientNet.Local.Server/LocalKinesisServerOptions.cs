using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Local.Server;

/// <summary>Settings of a <see cref="LocalKinesisServer"/>. They are read once, at its start. There is no setting for the address: it is always 127.0.0.1.</summary>
public sealed class LocalKinesisServerOptions
{
    /// <summary>The plain port, HTTP/1.1 and HTTP/2 with prior knowledge; 0 to 65,535, 0 takes a free one.</summary>
    /// <value>Default: 0.</value>
    public int Port { get; set; }

    /// <summary>Whether a second port speaks TLS, HTTP/1.1 and HTTP/2 by ALPN, with a certificate made at the start.</summary>
    /// <value>Default: false.</value>
    public bool UseTls { get; set; }

    /// <summary>The TLS port, with <see cref="UseTls"/>; 0 to 65,535, 0 takes a free one.</summary>
    /// <value>Default: 0.</value>
    public int TlsPort { get; set; }

    /// <summary>A longer request body is answered with status 413; 1,024 or more. A PutRecords of 10 MiB is about 14 MB of JSON.</summary>
    /// <value>Default: 16,777,216 (16 MiB).</value>
    public int MaxRequestBodyBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Connections that may be open at once; 1 or more. A further one is closed at once.</summary>
    /// <value>Default: 1,000.</value>
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>Requests at once on one HTTP/2 connection, 1 or more; AWS has been seen to allow as few as 5.</summary>
    /// <value>Default: 100.</value>
    public int MaxStreamsPerConnection { get; set; } = 100;

    /// <summary>How long disposal waits for running requests before it closes their connections; zero or more. Subscriptions end at once.</summary>
    /// <value>Default: 5 seconds.</value>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Takes the server's log; null for none.</summary>
    /// <value>Default: null.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    internal void Validate()
    {
        InRange(nameof(Port), Port, 0, 65_535);
        InRange(nameof(TlsPort), TlsPort, 0, 65_535);
        InRange(nameof(MaxRequestBodyBytes), MaxRequestBodyBytes, 1_024, int.MaxValue);
        InRange(nameof(MaxConnections), MaxConnections, 1, int.MaxValue);
        InRange(nameof(MaxStreamsPerConnection), MaxStreamsPerConnection, 1, int.MaxValue);
        if (ShutdownTimeout < TimeSpan.Zero)
            throw new ArgumentException($"{nameof(LocalKinesisServerOptions)}.{nameof(ShutdownTimeout)} is {ShutdownTimeout}; it must be zero or more.");
    }

    private static void InRange(string setting, int value, int least, int most)
    {
        if (value < least || value > most)
            throw new ArgumentException($"{nameof(LocalKinesisServerOptions)}.{setting} is {value}; it must be between {least} and {most}.");
    }
}
