using System.Buffers;
using BenchmarkDotNet.Attributes;
using KinesisClientNet.Core.Service.EventStream;
using KinesisClientNet.Core.Service.Http;

namespace KinesisClientNet.Benchmarks;

/// <summary>Messages of SubscribeToShard of 64 KB.</summary>
public class EventStreamBenchmarks
{
    private const int Messages = 16;

    private ReadOnlyMemory<byte> _stream;

    [GlobalSetup]
    public void Prepare()
    {
        using var stream = new PooledBuffer();
        for (var i = 0; i < Messages; i++)
            EventStreamWriter.WriteEvent(stream, "SubscribeToShardEvent", new byte[64 * 1024]);
        _stream = stream.WrittenSpan.ToArray();
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public long Decode()
    {
        var buffer = new ReadOnlySequence<byte>(_stream);
        long payload = 0;
        while (EventStreamDecoder.TryRead(ref buffer, out var message))
            payload += message.Payload.Length;
        return payload;
    }
}
