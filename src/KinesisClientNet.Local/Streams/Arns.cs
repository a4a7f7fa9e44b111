using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Streams;

/// <summary>Makes and reads the ARNs of one account and region.</summary>
internal sealed class Arns(LocalKinesisOptions options)
{
    private const string ConsumerMark = "/consumer/";

    private readonly string _prefix = $"arn:aws:kinesis:{options.Region}:{options.AccountId}:stream/";

    public string Stream(string name) => _prefix + name;

    public static string Consumer(string streamArn, string consumerName, long epochSeconds) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{streamArn}{ConsumerMark}{consumerName}:{epochSeconds}");

    /// <summary>The stream that a reference means. A name and an ARN together must agree.</summary>
    public string NameOf(StreamReference stream)
    {
        if (stream.Arn is not { } arn)
        {
            return stream.Name ?? throw ServiceRefusal.InvalidArgument(
                "Neither StreamName nor StreamARN is given; a call must name its stream by one of them.");
        }

        var name = NameOf(arn);
        return stream.Name is null || stream.Name == name
            ? name
            : throw ServiceRefusal.InvalidArgument($"StreamName '{stream.Name}' and StreamARN '{arn}' mean different streams.");
    }

    /// <summary>The stream of a stream's or consumer's ARN.</summary>
    public string NameOf(string arn)
    {
        if (!arn.StartsWith("arn:", StringComparison.Ordinal) || !arn.Contains(":stream/", StringComparison.Ordinal))
            throw ServiceRefusal.Validation(arn, "streamARN", @"satisfy regular expression pattern: arn:aws.*:kinesis:.*:\d{12}:stream/\S+");
        if (!arn.StartsWith(_prefix, StringComparison.Ordinal))
            throw ServiceRefusal.NotFound($"Stream {arn} is not found: this service holds {_prefix}*.");
        return NamePart(arn);
    }

    /// <summary>The stream of a stream's or consumer's ARN; null when it is no ARN of this account.</summary>
    public string? TryNameOf(string? arn) => arn is not null && arn.StartsWith(_prefix, StringComparison.Ordinal) ? NamePart(arn) : null;

    private string NamePart(string arn)
    {
        var end = arn.IndexOf(ConsumerMark, StringComparison.Ordinal);
        return end < 0 ? arn[_prefix.Length..] : arn[_prefix.Length..end];
    }
}
