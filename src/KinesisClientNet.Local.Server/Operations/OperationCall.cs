using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>A request whose types and constraints are checked, with typed access to its members.</summary>
/// <param name="input">The request's members.</param>
/// <param name="answer">Takes the answer.</param>
/// <param name="cancellation">The client left, or the server stops.</param>
internal sealed class OperationCall(WireValue input, BodyWriter answer, CancellationToken cancellation)
{
    public BodyWriter Answer { get; } = answer;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The stream that the request names; the service wants its name or its ARN.</summary>
    public StreamReference Stream()
    {
        var stream = new StreamReference(OptionalText("StreamName"), OptionalText("StreamARN"));
        return stream is { Name: null, Arn: null } ? throw FrontRefusal.InvalidArgument("Missing stream name or stream ARN: either one is required.") : stream;
    }

    public WireValue? Value(string name) => input.Members.TryGetValue(name, out var value) && value.Kind != WireKind.Null ? value : null;

    public string? OptionalText(string name) => Value(name)?.Text;

    /// <summary>A text that the operation's rules require.</summary>
    public string Text(string name) => Value(name)!.Text;

    public bool Flag(string name) => Value(name)?.Boolean ?? false;

    public int? Integer(string name) => Value(name) is { } value ? ToInteger(value) : null;

    public DateTimeOffset? Time(string name) => ToTime(Value(name));

    public IReadOnlyList<string> Texts(string name) => Value(name)?.Items.Select(item => item.Text).ToArray() ?? [];

    public UInt128? HashKey(string name) => ToHashKey(Value(name), name);

    public SequenceNumber? Sequence(string name) => ToSequence(Value(name));

    /// <summary>Fractions are cut and oversize numbers clamp (kinesis-service reference §2.1).</summary>
    public static int ToInteger(WireValue value) => (int)Math.Clamp(Math.Floor(value.Number), int.MinValue, int.MaxValue);

    public static SequenceNumber? ToSequence(WireValue? value) => value is null ? null : SequenceNumber.Parse(value.Text);

    public static UInt128? ToHashKey(WireValue? value, string name)
    {
        if (value is null)
            return null;
        return UInt128.TryParse(value.Text, System.Globalization.CultureInfo.InvariantCulture, out var hashKey)
            ? hashKey
            : throw FrontRefusal.InvalidArgument($"Invalid {name}. {name} must be in the range: [0, 2^128-1]. Specified value was {value.Text}");
    }

    public static DateTimeOffset? ToTime(WireValue? value)
    {
        try
        {
            return value is null ? null : WireTimestamp.FromNumber(value.Number);
        }
        catch (FormatException exception)
        {
            throw FrontRefusal.Serialization(exception.Message);
        }
    }

    /// <summary>Reads a position from its type, number and time; the combinations are the service's (kinesis-service reference §3.3).</summary>
    public static StartingPosition ToPosition(string type, WireValue? sequenceNumber, WireValue? timestamp) => type switch
    {
        "TRIM_HORIZON" or "LATEST" when sequenceNumber is not null => throw FrontRefusal.InvalidArgument(
            $"Request has StartingSequenceNumber {sequenceNumber.Text} but its type {type} takes none."),
        "TRIM_HORIZON" => StartingPosition.TrimHorizon,
        "LATEST" => StartingPosition.Latest,
        "AT_TIMESTAMP" => StartingPosition.AtTimestamp(ToTime(timestamp) ?? throw FrontRefusal.InvalidArgument(
            "Must specify timestamp parameter for iterator of type AT_TIMESTAMP.")),
        _ when sequenceNumber is null => throw FrontRefusal.InvalidArgument(
            $"Must specify sequence number parameter for iterator of type {type}."),
        "AT_SEQUENCE_NUMBER" => StartingPosition.At(SequenceNumber.Parse(sequenceNumber.Text)),
        _ => StartingPosition.After(SequenceNumber.Parse(sequenceNumber.Text)),
    };
}
