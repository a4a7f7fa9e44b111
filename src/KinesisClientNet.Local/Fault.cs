using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local;

/// <summary>Something that goes wrong with one call. Immutable; <see cref="FaultPlan"/> says when it does.</summary>
public sealed record Fault
{
    private Fault(FaultKind kind) => Kind = kind;

    /// <summary>What it does.</summary>
    public FaultKind Kind { get; }

    internal KinesisErrorKind ErrorKind { get; init; }

    internal string Code { get; init; } = "";

    internal int HttpStatus { get; init; }

    internal TimeSpan Wait { get; init; }

    internal IReadOnlyList<int> Entries { get; init; } = [];

    internal int Count { get; init; }

    /// <summary>The call exceeds a rate: <c>ProvisionedThroughputExceededException</c> for records, <c>LimitExceededException</c> for anything else.</summary>
    public static Fault Throttled { get; } = new(FaultKind.Error) { ErrorKind = KinesisErrorKind.Throttled, HttpStatus = 400 };

    /// <summary>The service fails: <c>InternalFailureException</c>, status 500.</summary>
    public static Fault InternalFailure { get; } = Error(KinesisErrorKind.ServiceFault, "InternalFailureException", 500);

    /// <summary>The service is not there: <c>ServiceUnavailable</c>, status 503.</summary>
    public static Fault Unavailable { get; } = Error(KinesisErrorKind.ServiceFault, "ServiceUnavailable", 503);

    /// <summary>The iterator is refused as too old, whatever its age.</summary>
    public static Fault ExpiredIterator { get; } = Error(KinesisErrorKind.ExpiredIterator, "ExpiredIteratorException", 400);

    /// <summary>The connection breaks before the service has the call.</summary>
    public static Fault LostRequest { get; } = new(FaultKind.LostRequest);

    /// <summary>The call is applied, then the connection breaks. A retried write makes a duplicate.</summary>
    public static Fault LostAnswer { get; } = new(FaultKind.LostAnswer);

    /// <summary>A half-open connection: nothing is applied, no answer comes. The call ends only by its own token or the client's deadline.</summary>
    public static Fault Hang { get; } = new(FaultKind.Hang);

    /// <summary>An empty page although records are there: legal, and no sign of being caught up.</summary>
    public static Fault EmptyPage { get; } = new(FaultKind.EmptyPage);

    /// <summary>The service refuses the call with a code.</summary>
    /// <param name="kind">What the code means for the caller.</param>
    /// <param name="code">The service's code, for instance <c>AccessDeniedException</c>.</param>
    /// <param name="httpStatus">The status over HTTP.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentException">The code is empty.</exception>
    public static Fault Error(KinesisErrorKind kind, string code, int httpStatus = 400)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(code);
        return new(FaultKind.Error) { ErrorKind = kind, Code = code, HttpStatus = httpStatus };
    }

    /// <summary>These entries of a PutRecords call fail with <c>ProvisionedThroughputExceededException</c>; places that the call does not have are ignored.</summary>
    /// <param name="indexes">Places in the request, from 0.</param>
    /// <returns>The fault.</returns>
    public static Fault ThrottledEntries(params int[] indexes) =>
        new(FaultKind.FailedEntries) { Entries = [.. indexes], Code = ServiceRefusal.ThroughputExceeded };

    /// <summary>These entries of a PutRecords call fail with <c>InternalFailure</c>; places that the call does not have are ignored.</summary>
    /// <param name="indexes">Places in the request, from 0.</param>
    /// <returns>The fault.</returns>
    public static Fault FailedEntries(params int[] indexes) => new(FaultKind.FailedEntries) { Entries = [.. indexes], Code = "InternalFailure" };

    /// <summary>So many entries of a PutRecords call, chosen by the plan's seed, fail with <c>ProvisionedThroughputExceededException</c>.</summary>
    /// <param name="count">1 or more; all of them when the call has fewer.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    public static Fault SomeThrottledEntries(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new(FaultKind.FailedEntries) { Count = count, Code = ServiceRefusal.ThroughputExceeded };
    }

    /// <summary>The call waits on the service's clock before it is applied.</summary>
    /// <param name="wait">Above zero.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The wait is not above zero.</exception>
    public static Fault Delay(TimeSpan wait) => new(FaultKind.Delay) { Wait = Positive(wait) };

    /// <summary>The call is applied at once; its answer waits on the service's clock.</summary>
    /// <param name="wait">Above zero.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The wait is not above zero.</exception>
    public static Fault LateAnswer(TimeSpan wait) => new(FaultKind.LateAnswer) { Wait = Positive(wait) };

    /// <summary>ListShards answers as it would have, had it been asked so much earlier.</summary>
    /// <param name="age">Above zero.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The age is not above zero.</exception>
    public static Fault StaleListing(TimeSpan age) => new(FaultKind.StaleListing) { Wait = Positive(age) };

    /// <summary>The subscription opens and its connection breaks after so many events. Over HTTP an event that the client has not read yet may be lost with the connection.</summary>
    /// <param name="events">0 or more.</param>
    /// <returns>The fault.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static Fault CutSubscription(int events)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(events);
        return new(FaultKind.CutSubscription) { Count = events };
    }

    /// <summary>The fault as text: for logs and schedules.</summary>
    /// <returns>Kind, code, time and number, where they apply.</returns>
    public override string ToString() => string.Join(' ', new[]
    {
        Kind.ToString(),
        Code,
        Wait > TimeSpan.Zero ? Wait.ToString("c", System.Globalization.CultureInfo.InvariantCulture) : "",
        Entries.Count > 0 ? string.Join(',', Entries) : Count > 0 ? Count.ToString(System.Globalization.CultureInfo.InvariantCulture) : "",
    }.Where(static part => part.Length > 0));

    private static TimeSpan Positive(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
        return value;
    }
}
