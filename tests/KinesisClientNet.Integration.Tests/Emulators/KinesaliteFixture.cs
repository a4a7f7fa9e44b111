namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>kinesalite: a second opinion, close to AWS in validation, with the API of 2019. Tests isolate themselves by stream name.</summary>
public sealed class KinesaliteFixture : EmulatorFixture
{
    private const int PortLabel = 4;

    private protected override EmulatorCommand Command => new(
        "kinesalite",
        NodePackages.PathOf("kinesalite", "cli.js"),
        ["--port", $"{PortLabel}", "--shardLimit", "10000", "--createStreamMs", "5", "--deleteStreamMs", "5", "--updateStreamMs", "5"],
        [PortLabel]);

    /// <summary>Starts it, or skips the test with the reason.</summary>
    public async Task<Uri> EndpointAsync() => (await RunningAsync()).Endpoint(PortLabel);
}
