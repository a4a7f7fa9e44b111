namespace KinesisClientNet.Core.Service;

/// <summary>Reads times as the dialects write them: seconds with fractions in JSON, milliseconds in CBOR, either in emulators.</summary>
internal static class WireTimestamp
{
    /// <summary>Seconds stay below this until the year 5138, milliseconds pass it since 1973.</summary>
    private const double MillisecondsFrom = 1e11;

    /// <summary>Judges by magnitude whether the number is seconds or milliseconds since 1970.</summary>
    /// <exception cref="FormatException">The number is no time.</exception>
    public static DateTimeOffset FromNumber(double value)
    {
        var milliseconds = Math.Round(Math.Abs(value) > MillisecondsFrom ? value : value * 1000);
        // The range that DateTimeOffset can hold: the years 1 to 9999.
        return milliseconds is >= -62135596800000 and <= 253402300799999
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds)
            : throw new FormatException($"{value:R} is not a time.");
    }
}
