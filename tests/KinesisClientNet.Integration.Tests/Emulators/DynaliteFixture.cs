using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>dynalite: DynamoDB for lease tests. Tests isolate themselves by table name (<see cref="NewTable"/>).</summary>
public sealed class DynaliteFixture : EmulatorFixture
{
    private const int PortLabel = 3;

    private protected override EmulatorCommand Command => new(
        "dynalite",
        NodePackages.PathOf("dynalite", "cli.js"),
        ["--host", "127.0.0.1", "--port", $"{PortLabel}", "--createTableMs", "5", "--deleteTableMs", "5", "--updateTableMs", "5"],
        [PortLabel]);

    /// <summary>A table name that no other test uses.</summary>
    public static string NewTable(string purpose) => $"{purpose}-{Guid.NewGuid():N}";

    /// <summary>Starts it, or skips the test with the reason.</summary>
    public async Task<Uri> EndpointAsync() => (await RunningAsync()).Endpoint(PortLabel);

    /// <summary>Starts it, or skips the test with the reason.</summary>
    /// <returns>A client; the test disposes it.</returns>
    public async Task<IAmazonDynamoDB> ClientAsync() => new AmazonDynamoDBClient(
        new BasicAWSCredentials("test", "test"),
        new AmazonDynamoDBConfig { ServiceURL = (await EndpointAsync()).ToString(), AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 });
}
