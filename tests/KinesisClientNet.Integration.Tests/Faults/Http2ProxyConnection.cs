using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>One connection through the proxy: a loop that copies each direction, frame by frame where it is HTTP/2.</summary>
internal sealed class Http2ProxyConnection(Http2Proxy proxy, Socket client) : IDisposable
{
    private const long PingContent = 0x4b696e65736973;

    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SemaphoreSlim _toClient = new(1, 1);
    private readonly HashSet<int> _silentStreams = [];
    private readonly ConcurrentDictionary<int, bool> _unanswered = [];
    private TaskCompletionSource? _pinged;
    private volatile bool _isHalfOpen;
    private bool _isHttp2;

    public async Task RunAsync(IPEndPoint server, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            client.NoDelay = true;
            await _server.ConnectAsync(server, ended.Token);
            var start = new byte[Preface.Length];
            if (await ReadAsync(client, start.AsMemory(0, 4), ended.Token) && await StartAsync(start, ended.Token))
                await CopyBothAsync(ended.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // A broken connection is what the proxy is for; the test judges what the client makes of it.
        }
        finally
        {
            await ended.CancelAsync();
            client.Dispose();
            _server.Dispose();
            foreach (var stream in _unanswered.Keys)
                Answered(stream);
            _pinged?.TrySetException(new IOException("The connection ended before the client answered."));
        }
    }

    /// <summary>Until either side ends; a connection that the proxy cuts ends with what the server still has to say.</summary>
    private async Task CopyBothAsync(CancellationToken ended)
    {
        var fromServer = CopyFromServerAsync(ended);
        var first = await Task.WhenAny(CopyFromClientAsync(ended), fromServer);
        await (_isHalfOpen ? fromServer : first);
    }

    public void Dispose()
    {
        client.Dispose();
        _server.Dispose();
        _toClient.Dispose();
    }

    public async Task PingClientAsync()
    {
        if (!_isHttp2)
            return;
        _pinged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendToClientAsync(Http2Frame.Ping(PingContent), CancellationToken.None);
        await _pinged.Task;
    }

    /// <summary>Four bytes tell HTTP/2 from HTTP/1.1: no method begins with "PRI ".</summary>
    private async Task<bool> StartAsync(byte[] start, CancellationToken ended)
    {
        var known = 4;
        if (start.AsSpan(0, 4).SequenceEqual(Preface.AsSpan(0, 4)))
        {
            _isHttp2 = await ReadAsync(client, start.AsMemory(4), ended);
            known = start.Length;
        }

        await SendAsync(_server, start.AsMemory(0, known), ended);
        return true;
    }

    private async Task CopyFromClientAsync(CancellationToken ended)
    {
        var buffer = new byte[64 * 1024];
        if (!_isHttp2)
        {
            await CopyRawAsync(client, _server, buffer, ended);
            return;
        }

        while (await ReadFrameAsync(client, buffer, ended) is { } frame)
        {
            if (frame is { Type: Http2FrameType.Ping, IsAck: true } && BinaryPrimitives.ReadInt64BigEndian(buffer.AsSpan(Http2Frame.HeaderBytes)) == PingContent)
            {
                _pinged?.TrySetResult();
                continue;
            }

            if (frame.IsEndOfStream && !_isHalfOpen && _unanswered.TryAdd(frame.StreamId, true))
                proxy.CountRequest(1);
            if (!_isHalfOpen)
                await SendAsync(_server, buffer.AsMemory(0, frame.TotalBytes), ended);
        }
    }

    private async Task CopyFromServerAsync(CancellationToken ended)
    {
        var buffer = new byte[64 * 1024];
        if (!_isHttp2)
        {
            await CopyRawAsync(_server, client, buffer, ended);
            return;
        }

        var number = proxy.NextHttp2Connection();
        for (var index = 0; await ReadFrameAsync(_server, buffer, ended) is { } frame; index++)
        {
            if (frame.Type == Http2FrameType.Headers)
                Answered(frame.StreamId);
            var fault = _isHalfOpen ? null : proxy.FaultOf(new(number, index, frame));
            if (fault is not null && !await BreakAsync(fault, frame, buffer, ended))
            {
                await EndAsync(buffer, ended);
                return;
            }

            if (!_isHalfOpen && !_silentStreams.Contains(frame.StreamId))
                await SendToClientAsync(buffer.AsMemory(0, frame.TotalBytes), ended);
        }
    }

    /// <summary>The client learns that the connection is over; the server first finishes what has reached it, as it would in another place.</summary>
    private async Task EndAsync(byte[] buffer, CancellationToken ended)
    {
        _isHalfOpen = true;
        client.Close();
        while (!_unanswered.IsEmpty && await ReadFrameAsync(_server, buffer, ended) is { } frame)
        {
            if (frame.Type == Http2FrameType.Headers)
                Answered(frame.StreamId);
        }
    }

    private void Answered(int streamId)
    {
        if (_unanswered.TryRemove(streamId, out _))
            proxy.CountRequest(-1);
    }

    /// <returns>False when the connection is over.</returns>
    private async Task<bool> BreakAsync(FrameFault fault, Http2Frame frame, byte[] buffer, CancellationToken ended)
    {
        switch (fault.Kind)
        {
            case FrameFaultKind.Close or FrameFaultKind.Reset:
                await SendToClientAsync(buffer.AsMemory(0, Math.Min(fault.PassedBytes, frame.TotalBytes)), ended);
                client.LingerState = new(fault.Kind == FrameFaultKind.Reset, 0);
                return false;
            case FrameFaultKind.FlipBit:
                buffer[frame.TotalBytes - 1] ^= 1;
                return true;
            case FrameFaultKind.HalfOpen:
                _isHalfOpen = true;
                return true;
            case FrameFaultKind.Stall:
                _silentStreams.Add(frame.StreamId);
                return true;
            case FrameFaultKind.RstStream:
                _silentStreams.Add(frame.StreamId);
                await SendToClientAsync(Http2Frame.RstStream(frame.StreamId, fault.ErrorCode), ended);
                return true;
            default:
                await SendToClientAsync(Http2Frame.GoAway(fault.ErrorCode == 0 ? frame.StreamId : 0, fault.ErrorCode), ended);
                return fault.ErrorCode == 0;
        }
    }

    private async Task SendToClientAsync(ReadOnlyMemory<byte> bytes, CancellationToken ended)
    {
        await _toClient.WaitAsync(ended);
        try
        {
            await SendAsync(client, bytes, ended);
        }
        finally
        {
            _toClient.Release();
        }
    }

    private static async Task CopyRawAsync(Socket from, Socket to, byte[] buffer, CancellationToken ended)
    {
        while (await from.ReceiveAsync(buffer, ended) is > 0 and var count)
            await SendAsync(to, buffer.AsMemory(0, count), ended);
    }

    private static async Task<Http2Frame?> ReadFrameAsync(Socket from, byte[] buffer, CancellationToken ended)
    {
        if (!await ReadAsync(from, buffer.AsMemory(0, Http2Frame.HeaderBytes), ended))
            return null;
        var frame = Http2Frame.Read(buffer);
        if (frame.TotalBytes > buffer.Length) // RFC 9113 §4.2: 16 KiB, unless somebody asks for more
            throw new SocketException((int)SocketError.MessageSize);
        return await ReadAsync(from, buffer.AsMemory(Http2Frame.HeaderBytes, frame.Length), ended) ? frame : null;
    }

    private static async Task<bool> ReadAsync(Socket from, Memory<byte> into, CancellationToken ended)
    {
        while (into.Length > 0)
        {
            var count = await from.ReceiveAsync(into, ended);
            if (count == 0)
                return false;
            into = into[count..];
        }

        return true;
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken ended)
    {
        while (bytes.Length > 0)
            bytes = bytes[await to.SendAsync(bytes, ended)..];
    }
}
