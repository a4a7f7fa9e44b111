using System.Globalization;

namespace KinesisClientNet.LoadRig.Sink;

/// <summary>The sink as a child process.</summary>
internal sealed class SinkProcess : IAsyncDisposable
{
    private readonly ChildProcess _child;

    private SinkProcess(ChildProcess child) => _child = child;

    public Uri Http => new($"http://127.0.0.1:{_child.Facts["http"]}");

    public Uri Https => new($"https://127.0.0.1:{_child.Facts["https"]}");

    public static async Task<SinkProcess> StartAsync(int shards, TimeSpan delay, CancellationToken cancellationToken) => new(await ChildProcess.StartAsync(
        ["sink", "--shards", shards.ToString(CultureInfo.InvariantCulture), "--delay-ms", delay.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)], cancellationToken));

    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
