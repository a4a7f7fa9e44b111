using System.Collections.Concurrent;
using KinesisClientNet.Consumer.Retrieval.FanOut;
using KinesisClientNet.Consumer.Retrieval.Polling;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Retrieval;

/// <summary>Makes the source of a shard's records as the options say. Thread-safe.</summary>
internal sealed class RecordSources(KinesisConsumerOptions options, IKinesisApi api, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly RetrievalOptions _retrieval = options.Retrieval;

    private readonly ConcurrentDictionary<StreamReference, FanOutRegistration> _registrations = new();

    /// <summary>A source that starts at a position.</summary>
    public IRecordSource Create(ShardAddress shard, StartingPosition start)
    {
        var resume = new ResumePoint(start, time);
        return _retrieval.Mode switch
        {
            RetrievalMode.Polling => Poll(shard, resume),
            RetrievalMode.EnhancedFanOut => FanOut(shard, resume),
            _ => new FallbackRecordSource(FanOut(shard, resume), () => Poll(shard, resume), _retrieval.FanOut, shard.ShardId, time, logger),
        };
    }

    /// <summary>Removes the enhanced fan-out consumer, if the options say so.</summary>
    public async ValueTask DeregisterAsync(CancellationToken cancellationToken)
    {
        foreach (var registration in _registrations.Values)
            await registration.DeregisterAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        foreach (var registration in _registrations.Values)
            registration.Dispose();
    }

    private PollingRecordSource Poll(ShardAddress shard, ResumePoint resume) => new(shard, resume, _retrieval.Polling, time);

    private FanOutRecordSource FanOut(ShardAddress shard, ResumePoint resume) => new(shard, resume, RegistrationOf(shard.Stream), _retrieval.FanOut, time, logger);

    private FanOutRegistration RegistrationOf(StreamReference stream) => _registrations.GetOrAdd(
        stream, name => new(api, name, _retrieval.FanOut.ConsumerName ?? options.ApplicationName, _retrieval.FanOut, time, logger));
}
