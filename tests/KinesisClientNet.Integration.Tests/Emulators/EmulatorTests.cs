using System.Diagnostics;
using System.Net;
using Amazon.DynamoDBv2.Model;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>The servers themselves: they start, say that they are ready, keep their logs and go away.</summary>
public sealed class EmulatorTests(KinesisMockFixture kinesisMock, KinesaliteFixture kinesalite, DynaliteFixture dynalite)
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Kinesis_mock_answers_its_health_check()
    {
        var endpoint = await kinesisMock.EndpointAsync();

        using var answer = await Http.GetAsync(new Uri(endpoint, "healthcheck"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Kinesalite_answers()
    {
        var endpoint = await kinesalite.EndpointAsync();

        using var answer = await Http.GetAsync(endpoint, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode); // anything but a signed POST is refused
    }

    [Fact]
    public async Task Dynalite_keeps_a_table()
    {
        var token = TestContext.Current.CancellationToken;
        using var client = await dynalite.ClientAsync();
        var table = DynaliteFixture.NewTable("fixture");

        await client.CreateTableAsync(new CreateTableRequest
        {
            TableName = table,
            AttributeDefinitions = [new("leaseKey", Amazon.DynamoDBv2.ScalarAttributeType.S)],
            KeySchema = [new("leaseKey", Amazon.DynamoDBv2.KeyType.HASH)],
            BillingMode = Amazon.DynamoDBv2.BillingMode.PAY_PER_REQUEST,
        }, token);

        var tables = await client.ListTablesAsync(token);
        Assert.Contains(table, tables.TableNames);
    }

    [Fact]
    public async Task A_server_that_fails_at_start_is_reported_with_its_log()
    {
        await RequireNodeAsync();
        using var folder = new TemporaryScript("console.error('no licence to serve'); process.exit(3);");

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => EmulatorProcess.StartAsync(
            new("broken", folder.Path, [], [1]), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Assert.Contains("broken was not ready", failure.Message, StringComparison.Ordinal);
        Assert.Contains("no licence to serve", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_dies_later_is_reported_with_its_log()
    {
        await RequireNodeAsync();
        using var folder = new TemporaryScript(
            "require('node:net').createServer(s => { console.log('shot'); process.exit(7); }).listen(1);");
        await using var server = await EmulatorProcess.StartAsync(
            new("mortal", folder.Path, [], [1]), TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        server.ThrowIfDead();

        using (var client = new System.Net.Sockets.TcpClient())
            await client.ConnectAsync(IPAddress.Loopback, server.Endpoint(1).Port, TestContext.Current.CancellationToken);
        await server.EndedAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        var failure = Assert.Throws<InvalidOperationException>(server.ThrowIfDead);
        Assert.Contains("mortal has ended with code 7", failure.Message, StringComparison.Ordinal);
        Assert.Contains("shot", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_server_leaves_no_process_behind()
    {
        await RequireNodeAsync();
        var server = await EmulatorProcess.StartAsync(
            KinesisMockFixture.CommandWith(speed: 1), TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        using var process = Process.GetProcessById(server.ProcessId);
        var endpoint = server.Endpoint(2);
        (await Http.GetAsync(new Uri(endpoint, "healthcheck"), TestContext.Current.CancellationToken)).Dispose(); // a keep-alive connection delays its SIGTERM by 30 s

        await server.DisposeAsync();

        Assert.True(process.HasExited);
    }

    private static async Task RequireNodeAsync()
    {
        try
        {
            await NodePackages.InstalledAsync();
        }
        catch (ServerUnavailableException e)
        {
            Availability.Missing("node", e.Message);
        }
    }

    private sealed class TemporaryScript : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kinesisclientnet-script-");

        public TemporaryScript(string text) => File.WriteAllText(Path, text);

        public string Path => System.IO.Path.Combine(_folder.FullName, "server.cjs");

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
