using System.Globalization;
using System.Text;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.LoadRig.Measuring;

/// <summary>Writing and reading aggregates on one core, nothing else: key hashes, packing and digests; digests and unpacking.</summary>
internal static class CodecRun
{
    private const int Frames = 16;
    private const int RecordsPerFrame = 230;
    private const int Repeats = 200;
    private const int MaxBytes = 100_000;

    public static IReadOnlyList<RunResult> Run(int runs, bool decode)
    {
        var results = new List<RunResult>();
        using var work = new Work();
        for (var run = 0; run <= runs; run++)
        {
            var before = ClientUsage.Look();
            for (var i = 0; i < Repeats; i++)
            {
                if (decode)
                    work.Decode();
                else
                    work.Encode();
            }

            if (run > 0)
                results.Add(new(decode ? "aggregates read" : "aggregates written", (long)Repeats * Frames * RecordsPerFrame, 200, ClientUsage.Look() - before, 0));
        }

        return results;
    }

    private sealed class Work : IDisposable
    {
        private readonly AggregatedRecordWriter _writer = new();
        private readonly byte[][] _keys;
        private readonly byte[] _joined;
        private readonly int[] _lengths;
        private readonly UInt128[] _hashes = new UInt128[RecordsPerFrame];
        private readonly byte[] _payload = new LoadSettings { RecordBytes = 200 }.Payload();
        private readonly Memory<byte>[] _frames;
        private readonly ReadOnlyMemory<byte>[] _blobs;
        private readonly bool[] _valid = new bool[Frames];
        private readonly List<AggregatedUserRecord> _records = [];

        public Work()
        {
            _keys = [.. Enumerable.Range(0, RecordsPerFrame).Select(i => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"customer-{i:D5}")))];
            _joined = [.. _keys.SelectMany(key => key)];
            _lengths = [.. _keys.Select(key => key.Length)];
            Fill();
            _frames = [.. Enumerable.Range(0, Frames).Select(_ => new Memory<byte>(new byte[_writer.SerializedBytes]))];
            _blobs = [.. _frames.Select(frame => (ReadOnlyMemory<byte>)frame)];
            Encode();
        }

        public void Encode()
        {
            foreach (var frame in _frames)
            {
                PartitionKeyHash.ComputeMany(_joined, _lengths, _hashes);
                Fill();
                _writer.WriteWithoutDigest(frame.Span);
            }

            AggregatedRecordDigest.Complete(_frames);
        }

        public void Decode()
        {
            AggregatedRecordDigest.Verify(_blobs, _valid);
            for (var i = 0; i < _blobs.Length; i++)
            {
                _records.Clear();
                if (!_valid[i] || !AggregatedRecordReader.TryReadVerified(_blobs[i], _records) || _records.Count != RecordsPerFrame)
                    throw new InvalidOperationException("An aggregate was not read back.");
            }
        }

        public void Dispose() => _writer.Dispose();

        private void Fill()
        {
            _writer.Reset();
            foreach (var key in _keys)
                _writer.TryAppend(key, null, _payload, MaxBytes);
        }
    }
}
