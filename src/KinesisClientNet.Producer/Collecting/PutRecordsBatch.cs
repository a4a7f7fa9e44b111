using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Settling;

namespace KinesisClientNet.Producer.Collecting;

/// <summary>The Kinesis records of one PutRecords call, then also its answer and what is to become of each. Passed on whole from stage to stage.</summary>
internal sealed class PutRecordsBatch
{
    internal List<OutboundRecord> Records { get; } = [];

    /// <summary>Counts up from 1 with each call that is sent.</summary>
    internal long Number { get; set; }

    /// <summary>Data and key bytes, as the service counts a request.</summary>
    internal long EntryBytes { get; private set; }

    /// <summary>How often the records were halved to find the one that the service refuses.</summary>
    internal IsolationRun? Isolation { get; init; }

    internal long StartedAt { get; set; }

    internal long EndedAt { get; set; }

    internal PutRecordsResponse? Response { get; set; }

    /// <summary>Why the whole call failed; null when it was answered.</summary>
    internal Exception? Failure { get; set; }

    /// <summary>Written by the settler: what is to become of each record.</summary>
    internal List<RecordVerdict> Verdicts { get; } = [];

    internal void Add(OutboundRecord record)
    {
        Records.Add(record);
        EntryBytes += record.EntryBytes;
    }
}

/// <summary>Counts what the search for refused records brought, so that a call whose every record is refused is not halved to the end.</summary>
internal sealed class IsolationRun
{
    internal int Refused { get; set; }

    internal int Accepted { get; set; }
}
