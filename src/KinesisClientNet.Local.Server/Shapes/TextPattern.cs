using System.Text.RegularExpressions;

namespace KinesisClientNet.Local.Server.Shapes;

/// <summary>A pattern of the service's model, with the text that its refusals quote.</summary>
/// <param name="Text">The pattern as the model writes it.</param>
/// <param name="Expression">The same, for the whole value.</param>
internal sealed partial record TextPattern(string Text, Regex Expression)
{
    public static TextPattern Name { get; } = new("[a-zA-Z0-9_.-]+", NameExpression());

    public static TextPattern HashKey { get; } = new("0|([1-9]\\d{0,38})", HashKeyExpression());

    public static TextPattern SequenceNumber { get; } = new("0|([1-9]\\d{0,128})", SequenceNumberExpression());

    public static TextPattern StreamArn { get; } = new("arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+", StreamArnExpression());

    public static TextPattern ConsumerArn { get; } = new(
        "^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+", ConsumerArnExpression());

    public static TextPattern ResourceArn { get; } = new("arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+", ResourceArnExpression());

    public bool Matches(string value) => Expression.IsMatch(value);

    [GeneratedRegex("^[a-zA-Z0-9_.-]+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameExpression();

    [GeneratedRegex("^(0|[1-9][0-9]{0,38})\\z", RegexOptions.CultureInvariant)]
    private static partial Regex HashKeyExpression();

    [GeneratedRegex("^(0|[1-9][0-9]{0,128})\\z", RegexOptions.CultureInvariant)]
    private static partial Regex SequenceNumberExpression();

    [GeneratedRegex("^arn:aws[^:]*:kinesis:[^:]*:[0-9]{12}:stream/\\S+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex StreamArnExpression();

    [GeneratedRegex("^arn:aws[^:]*:kinesis:[^:]*:[0-9]{12}:stream/[a-zA-Z0-9_.-]+/consumer/[a-zA-Z0-9_.-]+:[0-9]+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ConsumerArnExpression();

    [GeneratedRegex("^arn:aws[^:]*:kinesis:[^:]*:[0-9]{12}:stream/\\S+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ResourceArnExpression();
}
