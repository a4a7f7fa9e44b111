namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>What happens to a connection. Bytes are counted from the connection's start; TLS and HTTP/2 are bytes like any other.</summary>
public sealed record ConnectionFault
{
    public static ConnectionFault None { get; } = new();

    /// <summary>The connection is accepted and closed at once.</summary>
    public bool ClosesAtOnce { get; init; }

    /// <summary>The server never sees anything and never answers: a black hole.</summary>
    public bool SwallowsRequests { get; init; }

    /// <summary>The server gets all of this many request bytes, then nothing more.</summary>
    public long? RequestBytesThatPass { get; init; }

    /// <summary>The client gets this many response bytes; then the connection ends as <see cref="End"/> says.</summary>
    public long? ResponseBytesThatPass { get; init; }

    /// <summary>How the connection ends after <see cref="ResponseBytesThatPass"/>.</summary>
    public ConnectionEnd End { get; init; }

    /// <summary>How long each piece of the response is held back.</summary>
    public TimeSpan ResponseDelay { get; init; }
}

public enum ConnectionEnd
{
    /// <summary>FIN: an orderly end.</summary>
    Close,

    /// <summary>RST: linger 0.</summary>
    Reset,

    /// <summary>Nothing more arrives and nobody says so: a half-open connection.</summary>
    Silence,
}
