using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace KinesisClientNet.Core.Telemetry;

/// <summary>Makes the library's meters and activity sources, all with the library's version as OpenTelemetry's scope version.</summary>
internal static class Instrumentation
{
    private static readonly string? Version = typeof(Instrumentation).Assembly.GetName().Version?.ToString(3);

    internal static ActivitySource NewSource(string name) => new(name, Version);

    /// <summary>A meter. One from a factory is the factory's to dispose, and shared by all who ask it for the name.</summary>
    internal static Meter NewMeter(string name, IMeterFactory? factory) => factory?.Create(name, Version) ?? new Meter(name, Version);
}
