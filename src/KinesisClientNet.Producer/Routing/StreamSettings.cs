using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer.Pipeline;
using KinesisClientNet.Producer.Telemetry;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Routing;

/// <summary>
/// What the stream says of itself (DescribeStreamSummary): whether Kinesis spreads records as it likes, and the largest record. On an AUTO
/// stream nothing may be packed, predicted or limited by shard: consumers would drop it silently (kpl.md 1.7). Read by one loop, seen by all.
/// </summary>
internal sealed class StreamSettings
{
    private const string Auto = "AUTO";

    private readonly IKinesisApi _api;
    private readonly StreamReference _stream;
    private readonly bool _assumesAuto;
    private readonly ILogger _log;
    private volatile bool _isAuto;
    private volatile int _maxRecordBytes = RecordRules.MaxRecordBytes;
    private bool _isDenied;
    private DateTimeOffset? _createdAt;

    internal StreamSettings(IKinesisApi api, StreamReference stream, bool assumesAuto, ILogger log) =>
        (_api, _stream, _assumesAuto, _isAuto, _log) = (api, stream, assumesAuto, assumesAuto, log);

    /// <summary>True when the service ignores partition keys.</summary>
    internal bool IsAuto => _isAuto;

    /// <summary>Data and key together; the service's own limit until the stream's is known.</summary>
    internal int MaxRecordBytes => _maxRecordBytes;

    /// <summary>Asks the stream. Without permission, or when the call fails, what is known or assumed stays.</summary>
    /// <returns>True when records must be routed anew: another distribution, or another stream of the same name.</returns>
    internal async Task<bool> ReadAsync(CancellationToken stopping)
    {
        try
        {
            var summary = await _api.DescribeStreamSummaryAsync(_stream, stopping).ConfigureAwait(false);
            var isAuto = summary.RecordDistributionStrategy is { } strategy ? strategy == Auto : _assumesAuto;
            var hasChanged = isAuto != _isAuto || (_createdAt is { } known && known != summary.StreamCreationTimestamp);
            (_isAuto, _createdAt, _isDenied) = (isAuto, summary.StreamCreationTimestamp, false);
            _maxRecordBytes = (summary.MaxRecordSizeInKiB ?? 1024) * 1024;
            if (hasChanged)
                ProducerLog.StreamSettingsChanged(_log, _stream.ToString(), isAuto ? Auto : "USER_PARTITION_KEY", _maxRecordBytes);
            return hasChanged;
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            if (!_isDenied)
                ProducerLog.StreamSettingsUnknown(_log, _stream.ToString(), _isAuto ? Auto : "USER_PARTITION_KEY", failure);
            _isDenied = true;
            return false;
        }
    }
}
