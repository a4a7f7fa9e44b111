namespace KinesisClientNet.Producer;

/// <summary>One try to put a record.</summary>
/// <param name="Number">1 for the first. A long history keeps its first and its newest attempts, so numbers may jump.</param>
/// <param name="Delay">Time before the try: since the record's Kinesis record was begun, or since the try before ended.</param>
/// <param name="Duration">Length of the PutRecords call.</param>
/// <param name="ErrorCode">Null when the try succeeded; else the service's code or a word of ours (<c>WrongShard</c>, <c>RecordCountMismatch</c>).</param>
/// <param name="ErrorMessage">What the service said, or null.</param>
public readonly record struct RecordAttempt(int Number, TimeSpan Delay, TimeSpan Duration, string? ErrorCode = null, string? ErrorMessage = null)
{
    /// <summary>True for the try that stored the record.</summary>
    public bool Succeeded => ErrorCode is null;
}
