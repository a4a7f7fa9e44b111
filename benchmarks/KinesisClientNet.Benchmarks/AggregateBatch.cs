using System.Text;
using KinesisClientNet.Core.Aggregation;

namespace KinesisClientNet.Benchmarks;

/// <summary>The data of the aggregation benchmarks: sixteen aggregates of 230 records of 200 bytes under a hundred keys, about 51 KB each.</summary>
internal sealed class AggregateBatch : IDisposable
{
    internal const int Frames = 16;
    internal const int RecordsPerFrame = 230;
    internal const int Records = Frames * RecordsPerFrame;
    private const int MaxBytes = 100_000;

    private readonly AggregatedRecordWriter _writer = new();
    private readonly byte[] _data = new byte[200];

    internal AggregateBatch()
    {
        new Random(1).NextBytes(_data);
        Keys = [.. Enumerable.Range(0, RecordsPerFrame).Select(i => Encoding.UTF8.GetBytes($"customer-{i % 100:D2}"))];
        JoinedKeys = [.. Keys.SelectMany(k => k)];
        KeyLengths = [.. Keys.Select(k => k.Length)];
        Fill();
        var size = _writer.SerializedBytes;
        Buffers = [.. Enumerable.Range(0, Frames).Select(_ => new byte[size].AsMemory())];
        foreach (var buffer in Buffers)
            _writer.WriteTo(buffer.Span);
    }

    internal byte[][] Keys { get; }

    internal byte[] JoinedKeys { get; }

    internal int[] KeyLengths { get; }

    internal Memory<byte>[] Buffers { get; }

    internal AggregatedRecordWriter Writer => _writer;

    internal ReadOnlySpan<byte> Payload => _data;

    internal void Fill()
    {
        _writer.Reset();
        foreach (var key in Keys)
            _writer.TryAppend(key, null, _data, MaxBytes);
    }

    public void Dispose() => _writer.Dispose();
}
