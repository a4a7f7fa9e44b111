namespace KinesisClientNet.Core.Telemetry;

/// <summary>
/// The names under which the library reports: pass them to OpenTelemetry's <c>AddSource</c> and <c>AddMeter</c>. Each is both an activity
/// source and a meter. HTTP itself is reported by .NET under <c>System.Net.Http</c>.
/// </summary>
public static class KinesisClientTelemetry
{
    /// <summary>Source and meter of the producer.</summary>
    public const string ProducerName = "KinesisClientNet.Producer";

    /// <summary>Source and meter of the consumer.</summary>
    public const string ConsumerName = "KinesisClientNet.Consumer";
}
