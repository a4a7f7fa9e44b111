using System.Formats.Cbor;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Cbor;
using KinesisClientNet.Core.Service.Http;
using KinesisClientNet.Core.Service.Json;

namespace KinesisClientNet.Benchmarks;

/// <summary>Bodies of the data operations, a megabyte of payload each: 20 aggregates or 500 small records.</summary>
public class WireCodecBenchmarks
{
    private static readonly StreamReference Orders = new("orders");

    private readonly Utf8Interner _interner = new();
    private PutRecordsRequest _request;
    private byte[] _cborPage = [];
    private byte[] _jsonPage = [];

    [Params(20, 500)]
    public int Records { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var random = new Random(1);
        PutRecordsEntry[] entries = [.. Enumerable.Range(0, Records).Select(i =>
        {
            var data = new byte[(1 << 20) / Records];
            random.NextBytes(data);
            return new PutRecordsEntry(data, $"customer-{i % 100:D2}", (UInt128)i);
        })];
        _request = new(Orders, entries);
        var cbor = new CborWriter();
        cbor.WriteStartMap(3);
        cbor.WriteTextString("NextShardIterator");
        cbor.WriteTextString(new string('A', 200));
        cbor.WriteTextString("MillisBehindLatest");
        cbor.WriteInt64(0);
        cbor.WriteTextString("Records");
        cbor.WriteStartArray(Records);
        foreach (var entry in entries)
        {
            cbor.WriteStartMap(4);
            cbor.WriteTextString("SequenceNumber");
            cbor.WriteTextString("49600871682957036442365024926191073437251060580128653314");
            cbor.WriteTextString("ApproximateArrivalTimestamp");
            cbor.WriteDouble(1_700_000_000_123);
            cbor.WriteTextString("PartitionKey");
            cbor.WriteTextString(entry.PartitionKey!);
            cbor.WriteTextString("Data");
            cbor.WriteByteString(entry.Data.Span);
            cbor.WriteEndMap();
        }

        cbor.WriteEndArray();
        cbor.WriteEndMap();
        _cborPage = cbor.Encode();
        _jsonPage = JsonSerializer.SerializeToUtf8Bytes(new
        {
            NextShardIterator = new string('A', 200),
            MillisBehindLatest = 0,
            Records = entries.Select(e => new
            {
                SequenceNumber = "49600871682957036442365024926191073437251060580128653314",
                ApproximateArrivalTimestamp = 1_700_000_000.123,
                e.PartitionKey,
                Data = Convert.ToBase64String(e.Data.Span),
            }),
        });
    }

    [Benchmark]
    public int CborPutRecords()
    {
        using var body = CborRequests.PutRecords(_request);
        return body.Length;
    }

    [Benchmark]
    public int JsonPutRecords()
    {
        using var body = JsonPuts.PutRecords(_request);
        return body.Length;
    }

    [Benchmark]
    public int CborGetRecords()
    {
        var body = new PooledBuffer(_cborPage.Length);
        body.Write(_cborPage);
        using var response = new WireResponse(200, KinesisWireFormat.Cbor, null, body);
        using var page = CborRecords.Read(response, _interner);
        return page.Records.Count;
    }

    [Benchmark]
    public int JsonGetRecords()
    {
        using var page = JsonRecords.ReadGetRecords(PooledBuffer.CopyOf(_jsonPage), _interner);
        return page.Records.Count;
    }

    [Benchmark]
    public int HashBody() => RequestSigner.HashBody(_cborPage).Length;
}
