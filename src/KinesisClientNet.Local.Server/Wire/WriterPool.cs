using System.Collections.Concurrent;

namespace KinesisClientNet.Local.Server.Wire;

/// <summary>Keeps a few writers of each format for the next requests. Thread-safe.</summary>
internal sealed class WriterPool
{
    /// <summary>Writers kept of each format; a kept writer holds no body memory to speak of.</summary>
    private const int MostKept = 64;

    private readonly ConcurrentQueue<BodyWriter> _json = new();
    private readonly ConcurrentQueue<BodyWriter> _cbor = new();

    public BodyWriter Rent(BodyFormat format)
    {
        if ((format == BodyFormat.Cbor ? _cbor : _json).TryDequeue(out var writer))
            return writer;
        return format == BodyFormat.Cbor ? new CborBodyWriter() : new JsonBodyWriter();
    }

    public void Return(BodyWriter writer)
    {
        var kept = writer is CborBodyWriter ? _cbor : _json;
        if (kept.Count >= MostKept)
        {
            writer.Dispose();
            return;
        }

        writer.Reset();
        kept.Enqueue(writer);
    }
}
