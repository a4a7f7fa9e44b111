using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace KinesisClientNet.Core.Tests.Service.Http;

/// <summary>A bare TCP server on a free loopback port: each connection runs the next script, so that sockets can be left hanging in any state.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Queue<Func<Connection, Task>> _scripts = new();
    private readonly List<Connection> _connections = [];
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _accepting;

    public LoopbackServer(params Func<Connection, Task>[] scripts)
    {
        foreach (var script in scripts)
            _scripts.Enqueue(script);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>Ends when the first connection is there.</summary>
    public Task Accepted => _accepted.Task;

    public int Connections
    {
        get
        {
            lock (_connections)
                return _connections.Count;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (var connection in _connections)
            connection.Client.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new Connection(await _listener.AcceptTcpClientAsync());
                lock (_connections)
                    _connections.Add(connection);
                _accepted.TrySetResult();
                if (_scripts.TryDequeue(out var script))
                    _ = RunAsync(script, connection);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The listener was stopped.
        }
    }

    private static async Task RunAsync(Func<Connection, Task> script, Connection connection)
    {
        try
        {
            await script(connection);
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            // The client went away, as some scripts want it.
        }
    }

    internal sealed class Connection(TcpClient client)
    {
        public TcpClient Client => client;

        public Stream Stream { get; private set; } = client.GetStream();

        /// <summary>Answers the TLS handshake with the given certificate.</summary>
        public async Task SecureAsync(X509Certificate2 certificate)
        {
            var tls = new SslStream(Stream);
            Stream = tls;
            await tls.AuthenticateAsServerAsync(certificate);
        }

        /// <summary>Reads one request to the last byte of its body; returns its head.</summary>
        public async Task<string> ReadRequestAsync()
        {
            var received = new MemoryStream();
            var buffer = new byte[4096];
            while (true)
            {
                var text = Encoding.ASCII.GetString(received.GetBuffer(), 0, (int)received.Length);
                var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end >= 0 && received.Length >= end + 4 + ContentLength(text))
                    return text[..end];
                var read = await Stream.ReadAsync(buffer);
                if (read == 0)
                    throw new IOException("The client closed the connection.");
                received.Write(buffer, 0, read);
            }
        }

        public ValueTask WriteAsync(string text) => Stream.WriteAsync(Encoding.ASCII.GetBytes(text));

        public ValueTask AnswerAsync(string json) => WriteAsync(
            $"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {json.Length}\r\nx-amzn-RequestId: r\r\n\r\n{json}");

        /// <summary>Closes with RST instead of FIN.</summary>
        public void Reset()
        {
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
        }

        private static int ContentLength(string head)
        {
            const string Name = "Content-Length: ";
            var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
            return at < 0 ? 0 : int.Parse(head[(at + Name.Length)..head.IndexOf('\r', at)], System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}
