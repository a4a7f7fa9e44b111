using KinesisClientNet.Local.Sharding;

namespace KinesisClientNet.Local.Streams;

/// <summary>
/// Splits the busy shards of an on-demand stream (developer guide, "On-demand mode": a shard above about 500 KB/s is split within 15
/// minutes). Looked at by the puts themselves, once a minute of the injected clock; no timer, no thread.
/// </summary>
internal sealed class OnDemandScaler(LocalStream stream, LocalKinesisOptions options)
{
    private const double BusyBytesPerSecond = 500_000;

    /// <summary>200 MB/s, the default ceiling of an on-demand stream, at 1 MB/s a shard.</summary>
    private const int MaxShards = 200;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, long> _bytesBefore = [];
    private DateTimeOffset _windowStart = stream.Birth.CreatedAt;
    private long _nextLookTicks = (stream.Birth.CreatedAt + Window).UtcTicks;

    /// <summary>Cheap until a minute is over.</summary>
    public void LookAfterPut(DateTimeOffset now)
    {
        if (now.UtcTicks < Volatile.Read(ref _nextLookTicks) || stream.Settings.IsProvisioned)
            return;
        lock (stream.Gate)
        {
            if (now.UtcTicks < _nextLookTicks || stream.Life.State != Lifecycle.Active)
                return;
            var busy = MeasureBusy(now);
            Volatile.Write(ref _nextLookTicks, (now + Window).UtcTicks);
            if (busy.Count > 0)
                stream.Life.Begin(Lifecycle.Updating, Lifecycle.Active, options.Delays.UpdateStream, at => Split(busy, at));
        }
    }

    /// <summary>The open shards whose mean over the window was too high, busiest first.</summary>
    private List<LocalShard> MeasureBusy(DateTimeOffset now)
    {
        var seconds = (now - _windowStart).TotalSeconds;
        _windowStart = now;
        var busy = stream.Shards.Table.Open
            .Select(shard => (Shard: shard, Rate: (shard.BytesIn - _bytesBefore.GetValueOrDefault(shard.Birth.Index)) / seconds))
            .Where(static measured => measured.Rate > BusyBytesPerSecond && measured.Shard.Birth.Range.End - measured.Shard.Birth.Range.Start >= 3)
            .OrderByDescending(static measured => measured.Rate)
            .Take(MaxShards - Math.Min(MaxShards, stream.Shards.Table.Open.Count))
            .Select(static measured => measured.Shard).ToList();
        _bytesBefore.Clear();
        foreach (var shard in stream.Shards.Table.Open)
            _bytesBefore[shard.Birth.Index] = shard.BytesIn;
        return busy;
    }

    private void Split(List<LocalShard> busy, DateTimeOffset at)
    {
        foreach (var shard in busy)
        {
            var range = shard.Birth.Range;
            var middle = range.Start + ((range.End - range.Start) / 2) + 1;
            stream.Shards.Apply(new([shard.Birth.Index], [new(range.Start, middle - 1), new(middle, range.End)]), at);
        }
    }
}
