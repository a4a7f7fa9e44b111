namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>
/// kinesis-mock (npm kinesis-local). It takes the account from an access key id of twelve digits: a random one isolates a test.
/// </summary>
public sealed class KinesisMockFixture : EmulatorFixture
{
    private const int TlsLabel = 1;
    private const int PlainLabel = 2;

    private protected override EmulatorCommand Command => CommandWith(speed: 1);

    /// <summary>Starts it, or skips the test with the reason.</summary>
    /// <returns>The address for plain HTTP/1.1 and HTTP/2 with prior knowledge.</returns>
    public async Task<Uri> EndpointAsync() => (await RunningAsync()).Endpoint(PlainLabel);

    /// <summary>A random account id: what one test makes, no other sees.</summary>
    public static string NewAccount() => Random.Shared.NextInt64(100_000_000_000, 1_000_000_000_000).ToString(System.Globalization.CultureInfo.InvariantCulture);

    internal static EmulatorCommand CommandWith(int speed) => new(
        "kinesis-mock",
        NodePackages.PathOf("kinesis-local", "main.js"),
        [],
        [TlsLabel, PlainLabel],
        new Dictionary<string, string>
        {
            ["KINESIS_MOCK_CERT_PATH"] = NodePackages.PathOf("kinesis-local", "server.json"),
            ["KINESIS_MOCK_TLS_PORT"] = $"{TlsLabel}",
            ["KINESIS_MOCK_PLAIN_PORT"] = $"{PlainLabel}",
            ["EMULATOR_SPEED"] = $"{speed}",
            ["SHARD_LIMIT"] = "10000",
            ["LOG_LEVEL"] = "WARN",
            ["CREATE_STREAM_DURATION"] = "10ms",
            ["DELETE_STREAM_DURATION"] = "10ms",
            ["SPLIT_SHARD_DURATION"] = "10ms",
            ["MERGE_SHARDS_DURATION"] = "10ms",
            ["UPDATE_SHARD_COUNT_DURATION"] = "10ms",
            ["REGISTER_STREAM_CONSUMER_DURATION"] = "10ms",
            ["DEREGISTER_STREAM_CONSUMER_DURATION"] = "10ms",
            ["START_STREAM_ENCRYPTION_DURATION"] = "10ms",
            ["STOP_STREAM_ENCRYPTION_DURATION"] = "10ms",
        });
}
