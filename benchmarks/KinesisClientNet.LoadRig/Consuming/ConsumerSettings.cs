using Amazon.Runtime;
using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Service;
using KinesisClientNet.LoadRig.Serving;

namespace KinesisClientNet.LoadRig.Consuming;

/// <summary>The options that the measured consumers share.</summary>
internal static class ConsumerSettings
{
    public static KinesisConnectionOptions Connection(Uri endpoint, LoadSettings settings) => new()
    {
        ServiceUrl = endpoint, Region = "us-east-1", Credentials = new BasicAWSCredentials("load", "load"), AllowUntrustedLoopbackCertificate = settings.TrustLoopbackCertificate,
    };

    /// <summary>A consumer with its defaults.</summary>
    /// <param name="application">Its name; also the name of its registration for fan-out.</param>
    /// <param name="mode">How it reads.</param>
    /// <param name="connection">How it reaches the service.</param>
    public static KinesisConsumerOptions Options(string application, RetrievalMode mode, KinesisConnectionOptions connection) => new()
    {
        StreamName = LocalService.Stream, ApplicationName = application, WorkerId = $"{application}-1", Connection = connection, Retrieval = { Mode = mode },
    };
}
