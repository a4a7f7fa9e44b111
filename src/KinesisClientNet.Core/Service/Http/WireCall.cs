using KinesisClientNet.Core.Service.Endpoints;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>A call ready to send, as often as need be: encoded and hashed once. Owns its body.</summary>
internal sealed class WireCall(KinesisOperation operation, KinesisEndpoint endpoint, KinesisWireFormat format, CallBody body) : IDisposable
{
    public const string CborContentType = "application/x-amz-cbor-1.1";
    public const string JsonContentType = "application/x-amz-json-1.1";

    public KinesisOperation Operation { get; } = operation;

    public KinesisEndpoint Endpoint { get; } = endpoint;

    public string ContentType { get; } = format == KinesisWireFormat.Cbor ? CborContentType : JsonContentType;

    public CallBody Body => body;

    /// <summary>What the body hashes to, for the signature.</summary>
    public string BodyHash { get; } = body.Hash();

    public void Dispose() => body.Dispose();
}
