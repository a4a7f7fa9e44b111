namespace KinesisClientNet.Core.Service.EventStream;

/// <summary>The numbers of the event-stream framing (AWS event stream specification).</summary>
internal static class EventStreamFormat
{
    /// <summary>Two lengths and their CRC.</summary>
    public const int PreludeLength = 12;

    /// <summary>Prelude and message CRC.</summary>
    public const int Overhead = PreludeLength + 4;

    /// <summary>The specification's limit on headers.</summary>
    public const int MaxHeadersBytes = 128 * 1024;

    /// <summary>The specification's limit on a payload, plus everything around it.</summary>
    public const int MaxMessageBytes = (24 * 1024 * 1024) + MaxHeadersBytes + Overhead;
}
