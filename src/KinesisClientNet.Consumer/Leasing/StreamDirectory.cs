using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Leasing;

/// <summary>
/// The streams that a worker knows: those that it lists, and those that it has met in the lease table. An immutable snapshot behind one reference; thread-safe.
/// </summary>
[CollectionBuilder(typeof(StreamDirectory), nameof(Create))]
internal sealed class StreamDirectory
{
    private ImmutableArray<LeasedStream> _streams;

    private StreamDirectory(ImmutableArray<LeasedStream> streams) => _streams = streams;

    /// <summary>The directory of an application with these streams.</summary>
    public static StreamDirectory Create(ReadOnlySpan<LeasedStream> streams) => new([.. streams]) { IsMulti = streams.Length != 1 || streams[0].StreamId is not null };

    /// <summary>Whether lease keys carry the stream. An application cannot change it: its leases would not be found any more.</summary>
    public bool IsMulti { get; private init; }

    /// <summary>The streams as they are now.</summary>
    public ImmutableArray<LeasedStream> Current => ImmutableInterlocked.InterlockedCompareExchange(ref _streams, default, default);

    public ImmutableArray<LeasedStream>.Enumerator GetEnumerator() => Current.GetEnumerator();

    /// <summary>The stream of a lease. One that is only known from its leases is remembered: its shards are read to their end, whoever lists it.</summary>
    /// <param name="streamId">The lease's stream; null in a single-stream application.</param>
    /// <exception cref="InvalidOperationException">The lease belongs to another kind of application.</exception>
    public LeasedStream Of(string? streamId)
    {
        if (Find(streamId) is { } known)
            return known;
        if (!IsMulti || !StreamIdentity.TryParse(streamId, out var identity))
        {
            throw new InvalidOperationException(
                $"A lease of stream '{streamId ?? "(none)"}' is in the table of {(IsMulti ? "a multi-stream" : "a single-stream")} application. " +
                "Applications with one stream and with several need tables of their own: their lease keys differ.");
        }

        // Trim horizon skips nothing (KCL's orphans: latest); it only matters for rows that are lost, the others have a place.
        var arn = Current.Select(stream => stream.Reference.Arn).FirstOrDefault(arn => arn is not null);
        var orphan = new LeasedStream(new(identity.Name, arn is null ? null : identity.ArnLike(arn)), StartingPosition.TrimHorizon, streamId) { IsListed = false };
        ImmutableInterlocked.Update(ref _streams, static (streams, added) => streams.Any(stream => stream.StreamId == added.StreamId) ? streams : streams.Add(added), orphan);
        return Find(streamId)!;
    }

    /// <summary>The stream with the id; null when this worker does not know it.</summary>
    public LeasedStream? Find(string? streamId) => Current.FirstOrDefault(stream => stream.StreamId == streamId);

    /// <summary>Lists a stream, in place of what was known of it.</summary>
    public void Put(LeasedStream stream) => ImmutableInterlocked.Update(
        ref _streams, static (streams, added) => streams.RemoveAll(known => known.StreamId == added.StreamId).Add(added), stream);

    /// <summary>Takes a stream off the list; its leases are still known.</summary>
    public void Unlist(StreamReference reference) => ImmutableInterlocked.Update(
        ref _streams, static (streams, gone) => [.. streams.Select(stream => stream.IsCalled(gone) ? stream with { IsListed = false } : stream)], reference);

    /// <summary>Forgets a stream whose leases are gone.</summary>
    public void Forget(string streamId) => ImmutableInterlocked.Update(
        ref _streams, static (streams, gone) => streams.RemoveAll(stream => stream.StreamId == gone && !stream.IsListed), streamId);
}
