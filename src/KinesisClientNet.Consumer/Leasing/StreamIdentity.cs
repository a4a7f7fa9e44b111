using System.Globalization;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// KCL's serialised stream identifier, <c>account:stream:epoch</c> (KCL reference §1.11): the creation time tells a stream from one of the same name that was deleted before it.
/// </summary>
/// <param name="Account">Twelve digits.</param>
/// <param name="Name">The stream's name.</param>
/// <param name="Epoch">Creation time, seconds since 1970; greater than 0.</param>
internal readonly record struct StreamIdentity(string Account, string Name, long Epoch)
{
    private const int AccountPart = 4;
    private const int ResourcePart = 5;
    private const string StreamPrefix = "stream/";

    /// <summary>Reads it from a description of the stream.</summary>
    /// <exception cref="InvalidOperationException">The service's answer has no account or no creation time.</exception>
    public static StreamIdentity Of(StreamSummary summary)
    {
        var parts = summary.StreamArn.Split(':');
        var epoch = summary.StreamCreationTimestamp.ToUnixTimeSeconds();
        if (parts.Length <= ResourcePart || !IsDigits(parts[AccountPart]) || epoch <= 0)
        {
            throw new InvalidOperationException(
                $"Stream '{summary.StreamName}' cannot be one of many: its ARN '{summary.StreamArn}' or its creation time ({summary.StreamCreationTimestamp:O}) is missing, and both are part of its lease keys.");
        }

        return new(parts[AccountPart], summary.StreamName, epoch);
    }

    /// <summary>Reads the text; false for anything else, such as a name alone.</summary>
    public static bool TryParse(string? text, out StreamIdentity identity)
    {
        identity = default;
        var parts = text?.Split(':');
        if (parts is not { Length: 3 } || !IsDigits(parts[0]) || parts[1].Length == 0
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) || epoch <= 0)
        {
            return false;
        }

        identity = new(parts[0], parts[1], epoch);
        return true;
    }

    /// <summary>The ARN beside the one of a known stream: same partition and region, this account and name.</summary>
    public string ArnLike(string knownArn)
    {
        var parts = knownArn.Split(':');
        return string.Join(':', parts[0], parts[1], parts[2], parts[3], Account, StreamPrefix + Name);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Account}:{Name}:{Epoch}");

    private static bool IsDigits(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
}
