using System.Text.Json;
using KinesisClientNet.Integration.Tests.Emulators;
using KinesisClientNet.Local;
using KinesisClientNet.Local.Server;

namespace KinesisClientNet.Integration.Tests.Interop;

/// <summary>
/// "An AWS SDK that we did not write (npm @aws-sdk/client-kinesis) drives Local.Server through create, put, list, get, split, subscribe":
/// issue 7, acceptance.
/// </summary>
public sealed class ForeignSdkTests
{
    [Fact]
    public async Task The_JavaScript_SDK_lives_a_streams_life_on_Local_Server()
    {
        await using var server = await LocalKinesisServer.StartAsync(new LocalKinesis(), cancellationToken: TestContext.Current.CancellationToken);

        var line = Assert.Single(await NodeScript.RunAsync("drive-kinesis.cjs", server.Endpoint.ToString()));

        Assert.Equal(
            """
            {"failed":0,"shards":["shardId-000000000000"],"got":["a=6f6e65","b=74776f","ü=00ff"],"subscribed":["6f6e65","74776f","00ff"],"children":["shardId-000000000001","shardId-000000000002"],"error":{"name":"ResourceNotFoundException","status":400,"hasRequestId":true}}
            """,
            JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(line), Options));
    }

    private static JsonSerializerOptions Options { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
