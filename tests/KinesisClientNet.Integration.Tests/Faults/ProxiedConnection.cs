using System.Net;
using System.Net.Sockets;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>One connection through the proxy: two copying loops and its fault.</summary>
internal sealed class ProxiedConnection(Socket client, ConnectionFault fault) : IDisposable
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private long _responseBytes;
    private volatile bool _isSilent;

    public long ResponseBytes => Interlocked.Read(ref _responseBytes);

    public void FallSilent() => _isSilent = true;

    public async Task RunAsync(IPEndPoint server, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            client.NoDelay = true;
            if (fault.ClosesAtOnce)
                return;
            await _server.ConnectAsync(server, ended.Token);
            await await Task.WhenAny(CopyRequestsAsync(ended.Token), CopyResponsesAsync(ended.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // A broken connection is what a proxy is for; the test judges what the client makes of it.
        }
        finally
        {
            await ended.CancelAsync();
            client.Close();
            _server.Close();
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
    }

    private async Task CopyRequestsAsync(CancellationToken ended)
    {
        var passed = 0L;
        var buffer = new byte[16 * 1024];
        while (await client.ReceiveAsync(buffer, ended) is > 0 and var count)
        {
            var allowed = fault.SwallowsRequests || _isSilent ? 0 : Math.Min(count, (fault.RequestBytesThatPass ?? long.MaxValue) - passed);
            await SendAllAsync(_server, buffer.AsMemory(0, (int)allowed), ended);
            passed += allowed;
        }
    }

    private async Task CopyResponsesAsync(CancellationToken ended)
    {
        var buffer = new byte[16 * 1024];
        while (await _server.ReceiveAsync(buffer, ended) is > 0 and var count)
        {
            if (_isSilent)
                continue;
            if (fault.ResponseDelay > TimeSpan.Zero)
                await Task.Delay(fault.ResponseDelay, TimeProvider.System, ended);
            var allowed = Math.Min(count, (fault.ResponseBytesThatPass ?? long.MaxValue) - ResponseBytes);
            await SendAllAsync(client, buffer.AsMemory(0, (int)allowed), ended);
            Interlocked.Add(ref _responseBytes, allowed);
            if (ResponseBytes == fault.ResponseBytesThatPass)
            {
                await EndAsync(ended);
                return;
            }
        }
    }

    private async Task EndAsync(CancellationToken ended)
    {
        if (fault.End == ConnectionEnd.Silence)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ended);
        if (fault.End == ConnectionEnd.Reset)
            client.LingerState = new LingerOption(true, 0);
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken ended)
    {
        while (bytes.Length > 0)
            bytes = bytes[await socket.SendAsync(bytes, ended)..];
    }
}
