using KinesisClientNet.Testing.Leasing;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Testing;

/// <summary>Settings of a <see cref="ConsumerHarness"/>.</summary>
public sealed class ConsumerHarnessOptions
{
    /// <summary>Seed of all chance in the workers: jitter and ids.</summary>
    /// <value>Any number; default 1.</value>
    public int Seed { get; set; } = 1;

    /// <summary>The lease store; hand the same one to a second harness to start where the first one stopped.</summary>
    /// <value>Default null: a new one in memory.</value>
    public FaultyLeaseStore? Leases { get; set; }

    /// <summary>Where the workers log.</summary>
    /// <value>Default null: nowhere.</value>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Ends when nothing is left to do at the present moment: for simulations that own every thread of the process.</summary>
    internal Func<Task>? Settle { get; set; }
}
