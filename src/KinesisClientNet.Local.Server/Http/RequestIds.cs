namespace KinesisClientNet.Local.Server.Http;

/// <summary>Issues request ids in AWS's form. They follow from the seed and the order of requests, so that a replayed run repeats them. Thread-safe.</summary>
internal sealed class RequestIds(ulong seed)
{
    private ulong _issued;

    public RequestId Next()
    {
        var index = Interlocked.Increment(ref _issued);
        return new(Scramble((seed << 32) ^ index), Scramble(index ^ 0x5bd1e995_9d1b54a3));
    }

    /// <summary>The finaliser of SplitMix64: a bijection, so two requests of one server never share an id.</summary>
    private static ulong Scramble(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}

/// <summary>The id of one request, as <c>x-amzn-RequestId</c> and <c>x-amz-id-2</c> carry it.</summary>
internal readonly record struct RequestId(ulong High, ulong Low)
{
    /// <summary>The form of a UUID.</summary>
    public override string ToString() => string.Create(36, this, static (text, id) =>
        new Guid((int)(id.High >> 32), (short)(id.High >> 16), (short)id.High,
            (byte)(id.Low >> 56), (byte)(id.Low >> 48), (byte)(id.Low >> 40), (byte)(id.Low >> 32),
            (byte)(id.Low >> 24), (byte)(id.Low >> 16), (byte)(id.Low >> 8), (byte)id.Low).TryFormat(text, out _));

    /// <summary>The extended id: base64 of sixteen bytes.</summary>
    public string ToExtendedText()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Low);
        BitConverter.TryWriteBytes(bytes[8..], High);
        return Convert.ToBase64String(bytes);
    }
}
