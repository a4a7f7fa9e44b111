namespace KinesisClientNet.Local;

/// <summary>What a fault does to a call.</summary>
public enum FaultKind
{
    /// <summary>The service refuses the call; nothing is applied.</summary>
    Error = 0,

    /// <summary>Entries of a PutRecords call fail one by one; the others are stored.</summary>
    FailedEntries,

    /// <summary>The call is applied later than it was made.</summary>
    Delay,

    /// <summary>The call is applied at once and answered later.</summary>
    LateAnswer,

    /// <summary>The connection breaks before the service has the call; nothing is applied.</summary>
    LostRequest,

    /// <summary>The call is applied, then the connection breaks: the caller cannot know.</summary>
    LostAnswer,

    /// <summary>Nothing is applied and no answer ever comes, until the caller gives up.</summary>
    Hang,

    /// <summary>GetRecords answers with no records although there are some, and goes on.</summary>
    EmptyPage,

    /// <summary>ListShards answers with an earlier state of the stream.</summary>
    StaleListing,

    /// <summary>A subscription breaks after so many events.</summary>
    CutSubscription,
}
