using KinesisClientNet.Core.Service.Http;

namespace KinesisClientNet.Local.Server.Wire;

/// <summary>
/// Writes an answer's members in the request's format. Names are UTF-8 literals, so that neither format makes strings per record.
/// Members whose value is null are left out, as the service does. One answer at a time; not thread-safe.
/// </summary>
internal abstract class BodyWriter : IDisposable
{
    /// <summary>What is written so far; nothing for an operation without output.</summary>
    public PooledBuffer Body { get; private set; } = new();

    public abstract void StartMap();

    public abstract void StartMap(ReadOnlySpan<byte> name);

    public abstract void EndMap();

    public abstract void StartList(ReadOnlySpan<byte> name);

    public abstract void EndList();

    public abstract void Text(ReadOnlySpan<byte> name, ReadOnlySpan<char> value);

    /// <summary>Writes text that is plain ASCII without characters that JSON escapes: numbers, ids, enumerations.</summary>
    public abstract void Ascii(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    public abstract void Number(ReadOnlySpan<byte> name, long value);

    public abstract void Flag(ReadOnlySpan<byte> name, bool value);

    public abstract void Blob(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>Writes a time: JSON has epoch seconds with three decimals, CBOR epoch milliseconds under tag 1.</summary>
    public abstract void Time(ReadOnlySpan<byte> name, DateTimeOffset value);

    /// <summary>Writes one text of a list.</summary>
    public abstract void Item(ReadOnlySpan<char> value);

    /// <summary>Ends the answer: everything is in <see cref="Body"/>.</summary>
    public abstract void Complete();

    /// <summary>Forgets what was written and gives its memory back: for an error in the place of an answer, and for the next call.</summary>
    public virtual void Reset()
    {
        Body.Dispose();
        Body = new();
    }

    public void OptionalText(ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            Text(name, value);
    }

    public virtual void Dispose() => Body.Dispose();
}
