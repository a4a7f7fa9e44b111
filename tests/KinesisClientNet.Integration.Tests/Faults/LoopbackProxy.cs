using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>
/// A TCP proxy on 127.0.0.1 that breaks connections on purpose. Below HTTP, so that it breaks what networks break: also TLS and HTTP/2.
/// </summary>
public sealed class LoopbackProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly string _scheme;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<ProxiedConnection, Task> _connections = new();
    private readonly Task _accepting;
    private int _accepted;

    private LoopbackProxy(Uri server, Func<int, ConnectionFault> faultOf)
    {
        (_server, _scheme, FaultOf) = (new(IPAddress.Parse(server.Host), server.Port), server.Scheme, faultOf);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What happens to the n-th connection, counted from 0. Asked when it is accepted.</summary>
    public Func<int, ConnectionFault> FaultOf { get; set; }

    public Uri Endpoint => new($"{_scheme}://{_listener.LocalEndpoint}/");

    /// <summary>Connections accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public long ResponseBytes => _connections.Keys.Sum(connection => connection.ResponseBytes);

    public static LoopbackProxy Start(Uri server, Func<int, ConnectionFault>? faultOf = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        return new(server, faultOf ?? (_ => ConnectionFault.None));
    }

    /// <summary>Every connection that is open now falls silent, as when a firewall forgets it; later ones pass.</summary>
    public void SilenceOpenConnections()
    {
        foreach (var connection in _connections.Keys)
            connection.FallSilent();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        foreach (var connection in _connections.Keys)
            connection.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stopping.Token);
                var connection = new ProxiedConnection(client, FaultOf(Interlocked.Increment(ref _accepted) - 1));
                _connections[connection] = connection.RunAsync(_server, _stopping.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped: the listener is closed.
        }
    }
}
