namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>KCL 3.5's intervals for <c>failoverTimeMillis</c> = 10 s (KCL reference §2.1).</summary>
internal static class KclTimers
{
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromMilliseconds(10_000);
    public static readonly TimeSpan Renewer = TimeSpan.FromMilliseconds(3_308);
    public static readonly TimeSpan Discoverer = TimeSpan.FromMilliseconds(9_975);
    public static readonly TimeSpan Assignment = TimeSpan.FromMilliseconds(20_000);
    public static readonly TimeSpan FirstReport = TimeSpan.FromMilliseconds(2_000);
    public static readonly TimeSpan Report = TimeSpan.FromMilliseconds(30_000);
    public static readonly TimeSpan ReportLimit = TimeSpan.FromMilliseconds(60_000);
    public static readonly TimeSpan Lock = TimeSpan.FromMilliseconds(120_000);
    public static readonly TimeSpan LockHeartbeat = TimeSpan.FromMilliseconds(30_000);
    public static readonly TimeSpan CleanUp = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan Scheduler = TimeSpan.FromMilliseconds(1_000);
    public static readonly TimeSpan HandoffTimeout = TimeSpan.FromMilliseconds(30_000);
    public static readonly TimeSpan LeaderHandoffTimeout = HandoffTimeout + LeaseDuration;

    /// <summary>Variance balancing is part of every third run.</summary>
    public const int BalanceEvery = 3;
}
