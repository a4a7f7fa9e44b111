using System.Net.Sockets;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>Whether a Docker engine answers, found out in two seconds at most: Testcontainers itself tries for much longer.</summary>
internal static class DockerEngine
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Why no engine can be used, or null when one answers its ping.</summary>
    public static async Task<string?> ProblemAsync(string? dockerHost)
    {
        var address = dockerHost ?? (OperatingSystem.IsWindows() ? "npipe://./pipe/docker_engine" : "unix:///var/run/docker.sock");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
            return $"DOCKER_HOST '{address}' is not an address.";
        if (uri.Scheme is not ("unix" or "tcp" or "http"))
            return OperatingSystem.IsWindows() ? null : $"DOCKER_HOST '{address}' cannot be probed."; // a named pipe: Testcontainers asks it

        using var handler = new SocketsHttpHandler { UseProxy = false };
        if (uri.Scheme == "unix")
            handler.ConnectCallback = async (_, token) => await ConnectAsync(uri.LocalPath, token).ConfigureAwait(false);
        using var http = new HttpClient(handler) { Timeout = ProbeTimeout };
        try
        {
            using var answer = await http.GetAsync(uri.Scheme == "unix" ? new Uri("http://docker/_ping") : new Uri($"http://{uri.Authority}/_ping")).ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? null : $"the Docker engine at {address} answered {(int)answer.StatusCode}.";
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return $"no Docker engine answers at {address} ({e.InnerException?.Message ?? e.Message}).";
        }
    }

    private static async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
