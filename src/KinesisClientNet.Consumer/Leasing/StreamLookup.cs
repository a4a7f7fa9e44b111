using KinesisClientNet.Consumer.Telemetry;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// Finds the identity of the streams that a multi-stream worker lists. One that cannot be found yet is tried again and does not keep the others waiting; one that was deleted and created
/// again under its name is found again by its new identity. Runs until the worker stops.
/// </summary>
internal sealed class StreamLookup(StreamDirectory streams, IKinesisApi api, LeaseRuntime runtime)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly List<ListedStream> _listed = [];
    private readonly HashSet<StreamReference> _missing = [];

    /// <summary>Told when the directory has changed.</summary>
    public Action? Changed { get; set; }

    /// <summary>The streams that this worker lists, those that are not found yet among them.</summary>
    public IReadOnlyList<StreamReference> Listed
    {
        get
        {
            lock (_gate)
                return [.. _listed.Select(entry => entry.Reference)];
        }
    }

    /// <summary>Lists a stream without looking it up; the loop does.</summary>
    public void List(ListedStream stream)
    {
        lock (_gate)
        {
            _listed.RemoveAll(entry => entry.Reference == stream.Reference);
            _listed.Add(stream);
        }
    }

    /// <summary>Looks a stream up and lists it.</summary>
    /// <exception cref="KinesisApiException">It does not exist or cannot be described; it is not listed.</exception>
    public async ValueTask<LeasedStream> AddAsync(ListedStream stream, CancellationToken cancellationToken)
    {
        var found = await FindAsync(stream, stream.StartFrom, cancellationToken).ConfigureAwait(false);
        List(stream);
        streams.Put(found);
        Changed?.Invoke();
        return found;
    }

    /// <summary>Takes a stream off the list.</summary>
    /// <returns>False when it was not listed.</returns>
    public bool Remove(StreamReference reference)
    {
        lock (_gate)
        {
            if (_listed.RemoveAll(entry => entry.Reference == reference) == 0)
                return false;
        }

        streams.Unlist(reference);
        Changed?.Invoke();
        return true;
    }

    /// <summary>Looks listed streams up, again and again, until the token is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        streams.IsMulti ? new LeaseLoop("look up streams", RetryInterval, runtime).RunAsync(TimeSpan.Zero, StepAsync, cancellationToken) : Task.CompletedTask;

    private async ValueTask<TimeSpan> StepAsync(CancellationToken cancellationToken)
    {
        ListedStream[] listed;
        lock (_gate)
            listed = [.. _listed];
        var isComplete = true;
        foreach (var stream in listed)
            isComplete &= await TryFindAsync(stream, cancellationToken).ConfigureAwait(false);
        return isComplete ? Interval : RetryInterval;
    }

    private async ValueTask<bool> TryFindAsync(ListedStream listed, CancellationToken cancellationToken)
    {
        var reference = listed.Reference;
        try
        {
            var known = streams.Current.FirstOrDefault(stream => stream.IsListed && stream.IsCalled(reference));
            // A new incarnation is read from its beginning: nobody can have read it before. So is one that came after this worker looked for it: all of it is new.
            var found = await FindAsync(listed, known is null ? listed.StartFrom : StartingPosition.TrimHorizon, cancellationToken).ConfigureAwait(false);
            if (_missing.Remove(reference))
                found = found.FromHorizon();
            if (known?.StreamId == found.StreamId)
                return true;
            if (known is not null)
            {
                ConsumerLog.StreamRecreated(runtime.Logger, reference.ToString(), known.StreamId!, found.StreamId!);
                streams.Unlist(reference);
            }

            streams.Put(found);
            Changed?.Invoke();
            return true;
        }
        catch (KinesisApiException error)
        {
            if (error.Kind == KinesisErrorKind.NotFound)
                _missing.Add(reference);
            ConsumerLog.StreamNotFound(runtime.Logger, reference.ToString(), RetryInterval, error);
            return false;
        }
    }

    private async ValueTask<LeasedStream> FindAsync(ListedStream listed, StartingPosition startFrom, CancellationToken cancellationToken)
    {
        var summary = await api.DescribeStreamSummaryAsync(listed.Reference, cancellationToken).ConfigureAwait(false);
        var identity = StreamIdentity.Of(summary);
        return new(new(summary.StreamName, summary.StreamArn), startFrom, (identity with { Epoch = listed.Epoch ?? identity.Epoch }).ToString()) { HasGivenEpoch = listed.Epoch is not null };
    }
}
