using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KinesisClientNet.Integration.Tests.Emulators;

public sealed class DockerEngineTests
{
    [Fact]
    public async Task A_socket_that_is_not_there_is_named_in_the_reason()
    {
        var problem = await DockerEngine.ProblemAsync("unix:///nowhere/docker.sock");

        Assert.Contains("unix:///nowhere/docker.sock", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", null)]
    [InlineData("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "answered 500")]
    public async Task An_engine_is_judged_by_its_ping(string answer, string? reason)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeOnceAsync(listener, answer);

        var problem = await DockerEngine.ProblemAsync($"tcp://{listener.LocalEndpoint}");

        await serving;
        if (reason is null)
            Assert.Null(problem);
        else
            Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    private static async Task ServeOnceAsync(TcpListener listener, string answer)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        var request = new StringBuilder();
        var buffer = new byte[1024];
        while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            request.Append(Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
    }
}
