using System.Text.RegularExpressions;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Producer;

/// <summary>Checks and copies options. Hosting calls the same rules.</summary>
internal static partial class ProducerOptionsRules
{
    /// <summary>A copy that later changes do not reach.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    internal static KinesisProducerOptions CopyChecked(KinesisProducerOptions options)
    {
        if (FirstProblem(options) is { } problem)
            throw new ArgumentException(problem, nameof(options));
        return new KinesisProducerOptions
        {
            StreamName = options.StreamName,
            StreamArn = options.StreamArn,
            Connection = options.Connection,
            MaxBufferedTime = options.MaxBufferedTime,
            SendsEarlyWhenIdle = options.SendsEarlyWhenIdle,
            RecordTtl = options.RecordTtl,
            KeepKeyOrder = options.KeepKeyOrder,
            ShardRateFactor = options.ShardRateFactor,
            StreamSettingsInterval = options.StreamSettingsInterval,
            AssumeAutoDistribution = options.AssumeAutoDistribution,
            ShutdownTimeout = options.ShutdownTimeout,
            TagsMetricsWithShard = options.TagsMetricsWithShard,
            Aggregation = new AggregationOptions
            {
                Enabled = options.Aggregation.Enabled,
                MaxBytes = options.Aggregation.MaxBytes,
                MaxRecords = options.Aggregation.MaxRecords,
                OuterPartitionKey = options.Aggregation.OuterPartitionKey,
            },
            Batching = new BatchingOptions
            {
                MaxRecords = options.Batching.MaxRecords,
                MaxBytes = options.Batching.MaxBytes,
                MaxRequestsInFlight = options.Batching.MaxRequestsInFlight,
            },
            Buffer = new BufferOptions
            {
                MaxBytes = options.Buffer.MaxBytes,
                MaxRecords = options.Buffer.MaxRecords,
                WhenFull = options.Buffer.WhenFull,
            },
            Retry = new RetryOptions
            {
                BaseDelay = options.Retry.BaseDelay,
                MaxDelay = options.Retry.MaxDelay,
                MaxAttempts = options.Retry.MaxAttempts,
                MaxDoubtfulAttempts = options.Retry.MaxDoubtfulAttempts,
            },
            PropagateTraceContext = options.PropagateTraceContext,
            MeterFactory = options.MeterFactory,
            OnRecordFailed = options.OnRecordFailed,
            OnRecordsSettled = options.OnRecordsSettled,
        };
    }

    /// <summary>How the stream is reached: an ARN names the region too, so it need not be said twice.</summary>
    internal static KinesisConnectionOptions ConnectionOf(KinesisProducerOptions options)
    {
        if (options.StreamArn is not { } arn || options.Connection is not { Region: null, ServiceUrl: null })
            return options.Connection;
        var connection = options.Connection.CopyChecked();
        connection.Region = arn.Split(':')[3] is { Length: > 0 } region ? region : null;
        return connection;
    }

    /// <summary>The first broken rule in words: setting, value, range.</summary>
    internal static string? FirstProblem(KinesisProducerOptions options) => Problems(options).FirstOrDefault(problem => problem is not null);

    internal static IEnumerable<string?> Problems(KinesisProducerOptions options)
    {
        yield return options.StreamName is null && options.StreamArn is null
            ? "StreamName and StreamArn are both missing; set one of them." : null;
        yield return options.StreamName is { } name && !StreamNamePattern().IsMatch(name)
            ? $"StreamName = '{name}' is not a stream name: 1 to 128 characters of a-z, A-Z, 0-9, '_', '.' and '-' are expected. An ARN belongs in StreamArn." : null;
        yield return options.StreamArn is { } arn && !StreamArnPattern().IsMatch(arn)
            ? $"StreamArn = '{arn}' is not a stream ARN: arn:aws:kinesis:<region>:<account>:stream/<name> is expected." : null;
        yield return InRange(nameof(options.MaxBufferedTime), options.MaxBufferedTime, TimeSpan.Zero, TimeSpan.FromHours(1));
        yield return options.RecordTtl is { } ttl && ttl <= options.MaxBufferedTime
            ? $"RecordTtl = {ttl} is not above MaxBufferedTime = {options.MaxBufferedTime}: records would expire before they are sent." : null;
        yield return options.ShardRateFactor is > 0 and <= 1_000_000
            ? null : $"ShardRateFactor = {options.ShardRateFactor} is outside its range: above 0 to 1,000,000.";
        yield return InRange(nameof(options.StreamSettingsInterval), options.StreamSettingsInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        yield return InRange(nameof(options.ShutdownTimeout), options.ShutdownTimeout, TimeSpan.Zero, TimeSpan.FromHours(1));
        yield return InRange("Aggregation.MaxBytes", options.Aggregation.MaxBytes, 64, 1_048_576);
        yield return InRange("Aggregation.MaxRecords", options.Aggregation.MaxRecords, 1, 1_000_000);
        yield return options.Aggregation.OuterPartitionKey is { Length: > 0 } outer && outer.EnumerateRunes().Count() <= 256
            ? null : $"Aggregation.OuterPartitionKey = '{options.Aggregation.OuterPartitionKey}' must have 1 to 256 characters.";
        yield return InRange("Batching.MaxRecords", options.Batching.MaxRecords, 1, 500);
        yield return InRange("Batching.MaxBytes", options.Batching.MaxBytes, 1024, 10_485_760);
        yield return InRange("Batching.MaxRequestsInFlight", options.Batching.MaxRequestsInFlight, 1, 256);
        yield return InRange("Buffer.MaxBytes", options.Buffer.MaxBytes, 65_536, 1L << 39);
        yield return InRange("Buffer.MaxRecords", options.Buffer.MaxRecords, 1, 16_000_000);
        yield return Enum.IsDefined(options.Buffer.WhenFull) ? null : $"Buffer.WhenFull = {options.Buffer.WhenFull} is not one of Wait, FailFast, DropOldest.";
        yield return InRange("Retry.BaseDelay", options.Retry.BaseDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        yield return InRange("Retry.MaxDelay", options.Retry.MaxDelay, options.Retry.BaseDelay, TimeSpan.FromMinutes(5));
        yield return InRange("Retry.MaxAttempts", options.Retry.MaxAttempts ?? 1, 1, 1_000_000);
        yield return InRange("Retry.MaxDoubtfulAttempts", options.Retry.MaxDoubtfulAttempts, 1, 1000);
    }

    private static string? InRange<T>(string path, T value, T min, T max)
        where T : IComparable<T> => value.CompareTo(min) >= 0 && value.CompareTo(max) <= 0
        ? null : $"{path} = {value} is outside its range: {min} to {max}.";

    [GeneratedRegex(@"^[a-zA-Z0-9_.-]{1,128}\z")]
    private static partial Regex StreamNamePattern();

    [GeneratedRegex(@"^arn:aws[^:]*:kinesis:[^:]*:\d{12}:stream/\S+\z")]
    private static partial Regex StreamArnPattern();
}
