using Amazon.Runtime;
using BenchmarkDotNet.Attributes;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Service.Endpoints;

namespace KinesisClientNet.Benchmarks;

/// <summary>SigV4 of one request, without the hash of the body (that one is in <see cref="WireCodecBenchmarks.HashBody"/>).</summary>
public class SigningBenchmarks
{
    private static readonly DateTimeOffset Now = new(2025, 11, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly RequestSigner _signer = new();
    private readonly ImmutableCredentials _credentials = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null);
    private readonly RequestSigner.Request _request = new(
        new KinesisEndpoint(new Uri("https://kinesis.eu-west-1.amazonaws.com/"), "eu-west-1"), "application/x-amz-cbor-1.1", "Kinesis_20131202.PutRecords",
        RequestSigner.HashBody("body"u8));

    [Benchmark]
    public string Sign() => _signer.Sign(_request, _credentials, RequestSigner.AmzDate(Now));
}
