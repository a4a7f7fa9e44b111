using System.Text.Json;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Service.Json;

/// <summary>Reads a stream's description or summary: they share their members.</summary>
internal static class JsonStream
{
    /// <summary>Reads behind the opening brace.</summary>
    public static StreamDescription Read(ref Utf8JsonReader reader)
    {
        var members = new Members();
        while (JsonFields.NextProperty(ref reader))
        {
            if (!members.ReadText(ref reader) && !members.ReadOther(ref reader))
                JsonFields.SkipValue(ref reader);
        }

        return members.Build();
    }

    private ref struct Members
    {
        private string? _name;
        private string? _arn;
        private string? _status;
        private string? _mode;
        private string? _encryption;
        private string? _distribution;
        private int? _retentionHours;
        private int? _openShards;
        private int? _consumers;
        private int? _maxRecordSize;
        private DateTimeOffset? _created;
        private List<Shard>? _shards;
        private bool? _hasMore;

        public bool ReadText(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("StreamName"u8))
                _name = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("StreamARN"u8))
                _arn = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("StreamStatus"u8))
                _status = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("EncryptionType"u8))
                _encryption = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("RecordDistributionStrategy"u8))
                _distribution = JsonFields.ReadString(ref reader);
            else if (reader.ValueTextEquals("StreamModeDetails"u8))
                _mode = ReadMode(ref reader);
            else
                return false;
            return true;
        }

        public bool ReadOther(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("RetentionPeriodHours"u8))
                _retentionHours = JsonFields.ReadInt32(ref reader);
            else if (reader.ValueTextEquals("StreamCreationTimestamp"u8))
                _created = JsonFields.ReadTime(ref reader);
            else if (reader.ValueTextEquals("OpenShardCount"u8))
                _openShards = JsonFields.ReadInt32(ref reader);
            else if (reader.ValueTextEquals("ConsumerCount"u8))
                _consumers = JsonFields.ReadInt32(ref reader);
            else if (reader.ValueTextEquals("MaxRecordSizeInKiB"u8))
                _maxRecordSize = JsonFields.ReadInt32(ref reader);
            else if (reader.ValueTextEquals("HasMoreShards"u8))
                _hasMore = JsonFields.ReadBoolean(ref reader);
            else if (reader.ValueTextEquals("Shards"u8))
                _shards = JsonShapes.ReadShards(ref reader);
            else
                return false;
            return true;
        }

        public readonly StreamDescription Build() => new(
            new()
            {
                StreamName = JsonFields.Require(_name, "StreamName"),
                StreamArn = JsonFields.Require(_arn, "StreamARN"),
                StreamStatus = JsonFields.Require(_status, "StreamStatus"),
                StreamMode = _mode,
                RetentionPeriodHours = _retentionHours ?? 24,
                StreamCreationTimestamp = _created ?? default,
                EncryptionType = _encryption,
                OpenShardCount = _openShards ?? _shards?.Count(static shard => shard.IsOpen) ?? 0,
                ConsumerCount = _consumers,
                MaxRecordSizeInKiB = _maxRecordSize,
                RecordDistributionStrategy = _distribution,
            },
            _shards ?? [],
            _hasMore ?? false);

        private static string? ReadMode(ref Utf8JsonReader reader)
        {
            string? mode = null;
            if (!JsonFields.StartValue(ref reader, JsonTokenType.StartObject))
                return null;
            while (JsonFields.NextProperty(ref reader))
            {
                if (reader.ValueTextEquals("StreamMode"u8))
                    mode = JsonFields.ReadString(ref reader);
                else
                    JsonFields.SkipValue(ref reader);
            }

            return mode;
        }
    }
}
