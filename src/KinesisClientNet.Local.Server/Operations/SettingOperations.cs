using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>The operations on a stream's settings that the ports do not have: encryption, monitoring, record size, distribution, throughput.</summary>
internal sealed class SettingOperations(LocalKinesis kinesis)
{
    public IEnumerable<Operation> All =>
    [
        new("StartStreamEncryption", [Member.StreamName, Member.EncryptionType, Member.KeyId, Member.StreamArn], StartEncryptionAsync),
        new("StopStreamEncryption", [Member.StreamName, Member.EncryptionType, Member.KeyId, Member.StreamArn], StopEncryptionAsync),
        new("EnableEnhancedMonitoring", [Member.StreamName, Member.ShardLevelMetrics, Member.StreamArn], call => ChangeMonitoringAsync(call, isOn: true)),
        new("DisableEnhancedMonitoring", [Member.StreamName, Member.ShardLevelMetrics, Member.StreamArn], call => ChangeMonitoringAsync(call, isOn: false)),
        new("UpdateMaxRecordSize", [Member.StreamArn, Member.Integer("MaxRecordSizeInKiB", StreamSettings.MinRecordKiB, StreamSettings.MaxRecordKiB).Required()], UpdateMaxRecordSizeAsync),
        new("UpdateStreamRecordDistributionStrategy", [Member.StreamArn.Required(), Member.Enumeration("RecordDistributionStrategy", StreamSettings.ByPartitionKey, StreamSettings.Auto).Required()], UpdateDistributionAsync),
        new("UpdateStreamWarmThroughput", [Member.StreamArn, Member.StreamName, Member.Integer("WarmThroughputMiBps", 0).Required()], UpdateWarmThroughputAsync),
    ];

    private ValueTask StartEncryptionAsync(OperationCall call)
    {
        RequireKms(call);
        Find(call).SettingChanges.ChangeEncryption(call.Text("KeyId"));
        return default;
    }

    private ValueTask StopEncryptionAsync(OperationCall call)
    {
        RequireKms(call);
        Find(call).SettingChanges.ChangeEncryption(null);
        return default;
    }

    private ValueTask ChangeMonitoringAsync(OperationCall call, bool isOn)
    {
        var stream = Find(call);
        var (before, after) = stream.SettingChanges.ChangeMonitoring(call.Texts("ShardLevelMetrics"), isOn);
        call.Answer.StartMap();
        call.Answer.Text("StreamName"u8, stream.Name);
        call.Answer.Items("CurrentShardLevelMetrics"u8, before);
        call.Answer.Items("DesiredShardLevelMetrics"u8, after);
        call.Answer.Text("StreamARN"u8, stream.Arn);
        call.Answer.EndMap();
        return default;
    }

    private ValueTask UpdateMaxRecordSizeAsync(OperationCall call)
    {
        Find(call).SettingChanges.ChangeMaxRecordSize(call.Integer("MaxRecordSizeInKiB")!.Value);
        return default;
    }

    private ValueTask UpdateDistributionAsync(OperationCall call)
    {
        Find(call).SettingChanges.ChangeRecordDistribution(call.Text("RecordDistributionStrategy"));
        return default;
    }

    private ValueTask UpdateWarmThroughputAsync(OperationCall call)
    {
        var stream = Find(call);
        stream.SettingChanges.ChangeWarmThroughput(call.Integer("WarmThroughputMiBps")!.Value);
        call.Answer.StartMap();
        call.Answer.Text("StreamARN"u8, stream.Arn);
        call.Answer.Text("StreamName"u8, stream.Name);
        call.Answer.WarmThroughput(stream.Settings);
        call.Answer.EndMap();
        return default;
    }

    private LocalStream Find(OperationCall call) => kinesis.Streams.Find(call.Stream());

    /// <summary>Both calls want KMS: one starts it, the other stops it.</summary>
    private static void RequireKms(OperationCall call)
    {
        if (call.Text("EncryptionType") != StreamSettings.Kms)
            throw FrontRefusal.InvalidArgument("EncryptionType must be KMS, to start encryption and to stop it.");
    }
}
