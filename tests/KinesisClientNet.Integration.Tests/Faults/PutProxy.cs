using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>How the answer to a PutRecords call goes wrong; the service has stored the records by then, or not.</summary>
public enum PutFault
{
    None = 0,

    /// <summary>The connection ends before the service gets the call.</summary>
    EndBeforeService,

    /// <summary>The connection ends before the answer.</summary>
    EndBeforeAnswer,

    /// <summary>Nothing comes any more, and the connection stays open.</summary>
    Silence,

    /// <summary>The head of the answer comes, and nothing more.</summary>
    SilenceAfterHead,

    /// <summary>The answer ends inside its body.</summary>
    CutBody,
}

/// <summary>A TCP proxy on 127.0.0.1 that breaks the next PutRecords calls of HTTP/1.1 connections.</summary>
public sealed class PutProxy : IAsyncDisposable
{
    private const int KeptBodyBytes = 5;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private PutFault _next;
    private int _faultsLeft;
    private int _puts;

    private PutProxy(Uri server)
    {
        _server = new(IPAddress.Parse(server.Host), server.Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Endpoint => new($"http://{_listener.LocalEndpoint}/");

    /// <summary>PutRecords calls that came.</summary>
    public int Puts => Volatile.Read(ref _puts);

    public static PutProxy Start(Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return new(server);
    }

    /// <summary>Breaks the next calls.</summary>
    public void Break(PutFault fault, int calls)
    {
        lock (_gate)
            (_next, _faultsLeft) = (fault, calls);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy is stopped.
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(_server, _stopping.Token);
            var state = new Connection(client.GetStream(), server.GetStream());
            await Task.WhenAny(RequestsAsync(state), AnswersAsync(state));
        }
        catch (Exception end) when (end is OperationCanceledException or IOException or SocketException)
        {
            // One side ended the connection, or the proxy is stopped.
        }
        finally
        {
            client.Dispose();
        }
    }

    private async Task RequestsAsync(Connection connection)
    {
        var buffer = new byte[64 * 1024];
        while (await connection.Client.ReadAsync(buffer, _stopping.Token) is var read and > 0)
        {
            if (Encoding.ASCII.GetString(buffer, 0, read).Contains("PutRecords", StringComparison.Ordinal))
                connection.Fault = NextFault();
            if (connection.Fault == PutFault.EndBeforeService)
                return;
            await connection.Server.WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
        }
    }

    private async Task AnswersAsync(Connection connection)
    {
        var answer = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await connection.Server.ReadAsync(buffer, _stopping.Token) is var read and > 0)
        {
            if (connection.Fault == PutFault.None)
            {
                await connection.Client.WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
                continue;
            }

            answer.Write(buffer, 0, read);
            if (connection.Fault == PutFault.EndBeforeAnswer)
                return;
            var head = Encoding.ASCII.GetString(answer.ToArray()).IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            var part = connection.Fault == PutFault.CutBody ? head + KeptBodyBytes : head;
            if (connection.Fault == PutFault.Silence || head < 4 || answer.Length < part)
                continue;
            await connection.Client.WriteAsync(answer.ToArray().AsMemory(0, part), _stopping.Token);
            if (connection.Fault == PutFault.CutBody)
                return;
            connection.Fault = PutFault.Silence;
        }
    }

    private PutFault NextFault()
    {
        lock (_gate)
        {
            _puts++;
            return _faultsLeft-- > 0 ? _next : PutFault.None;
        }
    }

    private sealed class Connection(NetworkStream client, NetworkStream server)
    {
        internal NetworkStream Client { get; } = client;

        internal NetworkStream Server { get; } = server;

        internal volatile PutFault Fault;
    }
}
