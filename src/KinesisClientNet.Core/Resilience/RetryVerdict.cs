using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Http;

namespace KinesisClientNet.Core.Resilience;

/// <summary>Whether a failed call may be sent again as it is: a pure decision from what failed and what the call does.</summary>
internal static class RetryVerdict
{
    /// <summary>Decides.</summary>
    /// <param name="retries">What the call does.</param>
    /// <param name="error">How it failed.</param>
    public static bool MayRepeat(RetryClass retries, KinesisApiException error) => retries switch
    {
        RetryClass.Read => error.Kind is KinesisErrorKind.Throttled or KinesisErrorKind.ServiceFault or KinesisErrorKind.Connection,
        // The pacer of a shard's reads must see every throttle, or it would go on too fast.
        RetryClass.PacedRead => error.Kind is KinesisErrorKind.ServiceFault or KinesisErrorKind.Connection,
        // A fault or a lost answer may hide a change that was made: repeated, it would fail or be made twice.
        RetryClass.Control => error.Kind is KinesisErrorKind.Throttled || WasNeverSent(error),
        RetryClass.Put => WasNeverSent(error),
        RetryClass.Subscription => false,
        _ => throw new ArgumentOutOfRangeException(nameof(retries), retries, "Not a class of retries."),
    };

    private static bool WasNeverSent(KinesisApiException error) => error.Code == ErrorCatalogue.ConnectionFailed;
}
