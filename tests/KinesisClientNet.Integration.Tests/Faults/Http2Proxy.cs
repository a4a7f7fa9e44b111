using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>
/// A TCP proxy on 127.0.0.1 that knows where HTTP/2 frames begin (prior knowledge, no TLS) and breaks what a test tells it to break. HTTP/1.1 passes.
/// </summary>
public sealed class Http2Proxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Http2ProxyConnection, Task> _connections = new();
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private readonly List<TaskCompletionSource> _awaitingAnswers = [];
    private int _http2Connections;
    private int _unanswered;

    private Http2Proxy(Uri server)
    {
        _server = new(IPAddress.Parse(server.Host), server.Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Endpoint => new($"http://{_listener.LocalEndpoint}/");

    /// <summary>Asked about each frame from the server; null lets it pass. May be changed at any time.</summary>
    public Func<ServerFrame, FrameFault?> FaultOf { get; set; } = _ => null;

    /// <summary>HTTP/2 connections that were made since the last <see cref="Restart"/>.</summary>
    public int Http2Connections => Volatile.Read(ref _http2Connections);

    /// <summary>Connections that are open now.</summary>
    public int OpenConnections => _connections.Values.Count(running => !running.IsCompleted);

    public static Http2Proxy Start(Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return new(server);
    }

    /// <summary>Counts connections from 0 again, with another plan.</summary>
    public void Restart(Func<ServerFrame, FrameFault?> faultOf)
    {
        FaultOf = faultOf;
        Volatile.Write(ref _http2Connections, 0);
    }

    /// <summary>Asks the client of each open HTTP/2 connection for a sign of life, as a server does.</summary>
    /// <returns>A task that ends when all have answered.</returns>
    public Task PingClientsAsync() => Task.WhenAll(_connections.Where(entry => !entry.Value.IsCompleted).Select(entry => entry.Key.PingClientAsync()));

    /// <summary>Waits until the server has answered every request that has reached it, whether or not the answers get through: it has done what it was asked.</summary>
    public Task AnsweredAsync()
    {
        lock (_gate)
        {
            if (_unanswered == 0)
                return Task.CompletedTask;
            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaitingAnswers.Add(source);
            return source.Task;
        }
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

    internal int NextHttp2Connection() => Interlocked.Increment(ref _http2Connections) - 1;

    /// <summary>A request went on (1), or its answer began (-1).</summary>
    internal void CountRequest(int change)
    {
        lock (_gate)
        {
            _unanswered += change;
            if (_unanswered > 0)
                return;
            _awaitingAnswers.ForEach(source => source.TrySetResult());
            _awaitingAnswers.Clear();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stopping.Token);
                var connection = new Http2ProxyConnection(this, client);
                _connections[connection] = connection.RunAsync(_server, _stopping.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped: the listener is closed.
        }
    }
}
