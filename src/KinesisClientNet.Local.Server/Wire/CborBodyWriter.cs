using KinesisClientNet.Core.Service.Cbor;

namespace KinesisClientNet.Local.Server.Wire;

/// <summary>Writes <c>application/x-amz-cbor-1.1</c> as the service does: maps and lists of indefinite length, times as tag 1 with epoch milliseconds.</summary>
internal sealed class CborBodyWriter : BodyWriter
{
    private CborSpanWriter Cbor => new(Body);

    public override void StartMap() => Cbor.WriteIndefiniteMapStart();

    public override void StartMap(ReadOnlySpan<byte> name)
    {
        Cbor.WriteText(name);
        Cbor.WriteIndefiniteMapStart();
    }

    public override void EndMap() => Cbor.WriteBreak();

    public override void StartList(ReadOnlySpan<byte> name)
    {
        Cbor.WriteText(name);
        Cbor.WriteIndefiniteArrayStart();
    }

    public override void EndList() => Cbor.WriteBreak();

    public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<char> value)
    {
        Cbor.WriteText(name);
        Cbor.WriteText(value);
    }

    public override void Ascii(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Cbor.WriteText(name);
        Cbor.WriteText(value);
    }

    public override void Number(ReadOnlySpan<byte> name, long value)
    {
        Cbor.WriteText(name);
        Cbor.WriteInteger(value);
    }

    public override void Flag(ReadOnlySpan<byte> name, bool value)
    {
        Cbor.WriteText(name);
        Cbor.WriteBoolean(value);
    }

    public override void Blob(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Cbor.WriteText(name);
        Cbor.WriteBytes(value);
    }

    public override void Time(ReadOnlySpan<byte> name, DateTimeOffset value)
    {
        Cbor.WriteText(name);
        Cbor.WriteTimestamp(value);
    }

    public override void Item(ReadOnlySpan<char> value) => Cbor.WriteText(value);

    public override void Complete()
    {
    }
}
