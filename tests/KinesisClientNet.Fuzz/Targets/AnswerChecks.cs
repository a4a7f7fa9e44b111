using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Fuzz.Targets;

/// <summary>What must hold of any answer that was read.</summary>
internal static class AnswerChecks
{
    /// <summary>Walks over everything that a page gives out, so that a bad slice shows, and returns its outcome class.</summary>
    internal static int Touch(IReadOnlyList<KinesisRecord> records, IReadOnlyList<Core.Sharding.ChildShard> children, int inputBytes)
    {
        long total = 0;
        var hash = 0;
        foreach (var record in records)
        {
            total += record.Data.Length;
            foreach (var value in record.Data.Span)
                hash = (hash * 31) + value;
            hash += record.PartitionKey?.Length ?? 0;
        }

        if (total > inputBytes)
            throw new FuzzViolationException($"{total} bytes of payload came out of {inputBytes}");
        foreach (var child in children)
        {
            if (child.HashKeyRange.Start > child.HashKeyRange.End)
                throw new FuzzViolationException("a child's range ends before it starts");
        }

        GC.KeepAlive(hash);
        return (Math.Min(records.Count, 7) << 4) | (Math.Min(children.Count, 3) << 2) | (total > 0 ? 2 : 0);
    }

    internal static int Touch(PutRecordsResponse response, int expected)
    {
        if (response.Records.Count != expected)
            throw new FuzzViolationException($"{response.Records.Count} results for {expected} records");
        var failed = 0;
        foreach (var entry in response.Records)
        {
            if (!entry.Succeeded)
                failed++;
            else if (entry.ShardId is null)
                throw new FuzzViolationException("a stored record has no shard");
        }

        return failed == response.FailedRecordCount ? failed << 8 : throw new FuzzViolationException("the count of failed records is wrong");
    }
}
