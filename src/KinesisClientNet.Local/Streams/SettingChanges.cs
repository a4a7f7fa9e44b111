using KinesisClientNet.Local.Limits;
using KinesisClientNet.Local.Metering;

namespace KinesisClientNet.Local.Streams;

/// <summary>The operations that change how a stream stores, measures and bills, not its shards.</summary>
internal sealed class SettingChanges(LocalStream stream, StreamRegistry registry)
{
    /// <summary>Key changes that the service takes in a rolling day (Kinesis API reference, StartStreamEncryption).</summary>
    private const int KeyChangesPerDay = 25;

    private readonly DailyQuota _keyChanges = new(stream.Clock, KeyChangesPerDay);

    /// <summary>Encrypts with the key, or no more when it is null. Records say how they were stored.</summary>
    public void ChangeEncryption(string? keyId)
    {
        lock (stream.Gate)
        {
            stream.Changes.RequireActive();
            if (!_keyChanges.TryTake())
                throw ServiceRefusal.LimitExceeded($"The key of stream {stream.Name} was changed {KeyChangesPerDay} times in the last 24 hours, the limit.");
            Change(settings => settings with { KeyId = keyId, EncryptionType = keyId is null ? StreamSettings.NotEncrypted : StreamSettings.Kms });
        }
    }

    public void ChangeMaxRecordSize(int kib)
    {
        Shapes.Range(kib, "maxRecordSizeInKiB", StreamSettings.MinRecordKiB, StreamSettings.MaxRecordKiB);
        lock (stream.Gate)
        {
            stream.Changes.RequireActive();
            Change(settings => settings with { MaxRecordSizeInKiB = kib });
            stream.Shards.ChangeMaxRecordBytes(kib * 1024);
        }
    }

    /// <summary>Takes effect at once (developer guide, "Record distribution strategy").</summary>
    public void ChangeRecordDistribution(string strategy)
    {
        Shapes.OneOf(strategy, "recordDistributionStrategy", StreamSettings.ByPartitionKey, StreamSettings.Auto);
        lock (stream.Gate)
        {
            stream.Changes.RequireActive();
            if (stream.Settings.IsProvisioned)
                throw ServiceRefusal.Validation($"Stream {stream.Name} is PROVISIONED; only ON_DEMAND streams have a record distribution strategy.");
            stream.Settings = stream.Settings with { RecordDistribution = strategy };
        }
    }

    public void ChangeWarmThroughput(int mebibytesPerSecond)
    {
        lock (stream.Gate)
        {
            stream.Changes.RequireActive();
            if (stream.Settings.IsProvisioned || !registry.Commitment.IsOn)
            {
                throw ServiceRefusal.Validation(
                    $"Warm throughput of stream {stream.Name} needs an ON_DEMAND stream in an account whose MinimumThroughputBillingCommitment is ENABLED.");
            }

            Change(settings => settings with { WarmThroughputMiBps = mebibytesPerSecond });
        }
    }

    /// <summary>Adds or removes shard-level metrics and returns those before and after.</summary>
    public (IReadOnlyList<string> Before, IReadOnlyList<string> After) ChangeMonitoring(IReadOnlyList<string> metrics, bool isOn)
    {
        foreach (var metric in metrics)
            Shapes.OneOf(metric, "shardLevelMetrics", [.. MetricNames.ShardLevel, "ALL"]);
        lock (stream.Gate)
        {
            stream.Changes.RequireActive();
            var before = stream.Settings.ShardLevelMetrics;
            var named = metrics.Count == 0 || metrics.Contains("ALL") ? MetricNames.ShardLevel : metrics;
            string[] after = [.. MetricNames.ShardLevel.Where(metric => isOn ? before.Contains(metric) || named.Contains(metric) : before.Contains(metric) && !named.Contains(metric))];
            stream.Changes.Update(_ =>
            {
                stream.Settings = stream.Settings with { ShardLevelMetrics = after };
                stream.Shards.ChangeMonitoring(ShardMeter.BitsOf(after));
            });
            return (before, after);
        }
    }

    private void Change(Func<StreamSettings, StreamSettings> change) => stream.Changes.Update(_ => stream.Settings = change(stream.Settings));
}
