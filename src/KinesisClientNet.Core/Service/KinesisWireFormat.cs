namespace KinesisClientNet.Core.Service;

/// <summary>How the bodies of PutRecord, PutRecords and GetRecords are written. Everything else is JSON in any case.</summary>
public enum KinesisWireFormat
{
    /// <summary>CBOR, as the Java SDK speaks it: a quarter fewer bytes than JSON and about half the CPU, because payloads are not base64.</summary>
    Cbor = 0,

    /// <summary>JSON, as most other SDKs speak it. Use it with servers whose CBOR is broken.</summary>
    Json,
}
