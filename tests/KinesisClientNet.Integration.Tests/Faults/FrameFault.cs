namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>What becomes of a frame from the server, and of all that follows it.</summary>
public enum FrameFaultKind
{
    /// <summary>The connection ends in order (FIN) after <see cref="FrameFault.PassedBytes"/> bytes of the frame.</summary>
    Close,

    /// <summary>The connection is reset (RST) after <see cref="FrameFault.PassedBytes"/> bytes of the frame.</summary>
    Reset,

    /// <summary>One bit of the payload's last byte is flipped; HTTP/2 does not notice.</summary>
    FlipBit,

    /// <summary>This and the later frames of the stream never arrive; the connection lives.</summary>
    Stall,

    /// <summary>Nothing passes in either direction any more, and nobody is told: a firewall that has forgotten the connection.</summary>
    HalfOpen,

    /// <summary>GOAWAY comes before the frame, with <see cref="FrameFault.ErrorCode"/>. Without an error the streams that there are go on; with one the connection ends.</summary>
    GoAway,

    /// <summary>RST_STREAM comes instead of the frame and of all later ones of the stream, with <see cref="FrameFault.ErrorCode"/>.</summary>
    RstStream,
}

/// <summary>A fault at one frame from the server.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="PassedBytes">For cuts: how many bytes of the frame, header included, still arrive.</param>
/// <param name="ErrorCode">For GOAWAY and RST_STREAM (RFC 9113 §7).</param>
public sealed record FrameFault(FrameFaultKind Kind, int PassedBytes = 0, int ErrorCode = 0);

/// <summary>A frame from the server, before it goes on to the client.</summary>
/// <param name="Connection">Which HTTP/2 connection, from 0.</param>
/// <param name="Index">Which frame of it, from 0.</param>
/// <param name="Frame">Its header.</param>
public readonly record struct ServerFrame(int Connection, int Index, Http2Frame Frame);
