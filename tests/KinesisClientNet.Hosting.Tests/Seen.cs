using System.Text;
using System.Threading.Channels;
using KinesisClientNet.Consumer;

namespace KinesisClientNet.Hosting.Tests;

/// <summary>What processors were given; a test waits for the next record.</summary>
internal sealed class Seen
{
    private readonly Channel<string> _records = Channel.CreateUnbounded<string>();

    public ValueTask AddAsync(RecordBatch batch, CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        foreach (var record in batch)
            _records.Writer.TryWrite(Encoding.UTF8.GetString(record.Data.Span));
        return default;
    }

    public async Task<string[]> TakeAsync(int count)
    {
        var taken = new string[count];
        for (var i = 0; i < count; i++)
            taken[i] = await _records.Reader.ReadAsync(HostRig.Cancellation);
        return taken;
    }
}
