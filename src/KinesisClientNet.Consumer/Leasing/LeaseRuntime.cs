using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>What the leasing code takes from outside instead of the machine: time, chance, ids, log.</summary>
/// <param name="Time">The clock.</param>
/// <param name="Random">Spreads the start of loops; used while the keeper is built, by one thread.</param>
/// <param name="NewId">A fresh UUID text at every call; thread-safe.</param>
/// <param name="Logger">The log.</param>
internal sealed record LeaseRuntime(TimeProvider Time, Random Random, Func<string> NewId, ILogger Logger)
{
    /// <summary>This process's CPU utilisation in per cent since the last call; null when the clock is not the system's, or in a simulation.</summary>
    public Func<double>? CpuUtilization { get; init; }

    /// <summary>The monotonic clock as a time span; only differences mean anything.</summary>
    public TimeSpan Now => Time.GetElapsedTime(0);
}
