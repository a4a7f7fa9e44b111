using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Producer.Tests.Rig;

/// <summary>The local Kinesis with latency in virtual time, a journal of calls and faults by script.</summary>
internal sealed class FaultyKinesis(LocalKinesis inner, TimeProvider clock) : ForwardingKinesis(inner)
{
    private readonly Lock _gate = new();
    private readonly List<long> _due = [];
    private readonly List<PutCall> _calls = [];
    private long _listings;

    internal LocalKinesis Inner { get; } = inner;

    /// <summary>How long a PutRecords call takes.</summary>
    internal TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Called before a put reaches the stream; may throw.</summary>
    internal Action<PutRecordsRequest>? BeforePut { get; set; }

    /// <summary>Called after the records are stored: the answer is lost.</summary>
    internal Action<PutRecordsRequest>? AfterPut { get; set; }

    /// <summary>Picks entries that fail although the call succeeds: their error code, or null.</summary>
    internal Func<PutRecordsEntry, string?>? FailEntry { get; set; }

    /// <summary>Called before a listing.</summary>
    internal Action? BeforeList { get; set; }

    /// <summary>Changes what the stream says of itself.</summary>
    internal Func<StreamSummary, StreamSummary>? ChangeSummary { get; set; }

    /// <summary>Called before the stream is described.</summary>
    internal Action? BeforeDescribe { get; set; }

    internal long Listings => Interlocked.Read(ref _listings);

    internal IReadOnlyList<PutCall> Calls
    {
        get
        {
            lock (_gate)
                return _calls.ToArray();
        }
    }

    /// <summary>Calls whose time has not come: they change nothing until the clock moves.</summary>
    internal int Waiting
    {
        get
        {
            lock (_gate)
                return _due.Count(due => due > clock.GetTimestamp());
        }
    }

    public override async ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        await WaitAsync(cancellationToken);
        lock (_gate)
            _calls.Add(new PutCall(clock.GetUtcNow(), request.Entries.Length, request.Entries.ToArray().Sum(entry => entry.Data.Length)));
        BeforePut?.Invoke(request);
        var codes = FailEntry is { } fail ? request.Entries.ToArray().Select(fail).ToArray() : new string?[request.Entries.Length];
        var accepted = request with { Entries = request.Entries.ToArray().Where((_, i) => codes[i] is null).ToArray() };
        var stored = accepted.Entries.IsEmpty ? [] : (await base.PutRecordsAsync(accepted, cancellationToken)).Records;
        AfterPut?.Invoke(request);
        var next = 0;
        var results = codes.Select(code => code is null ? stored[next++] : new PutRecordsResultEntry(null, default, code, "by script")).ToArray();
        return new PutRecordsResponse(results, results.Count(result => !result.Succeeded));
    }

    public override ValueTask<ListShardsPage> ListShardsAsync(ListShardsRequest request, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _listings);
        BeforeList?.Invoke();
        return base.ListShardsAsync(request, cancellationToken);
    }

    public override async ValueTask<StreamSummary> DescribeStreamSummaryAsync(StreamReference stream, CancellationToken cancellationToken = default)
    {
        BeforeDescribe?.Invoke();
        var summary = await base.DescribeStreamSummaryAsync(stream, cancellationToken);
        return ChangeSummary?.Invoke(summary) ?? summary;
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (Latency <= TimeSpan.Zero)
            return;
        // The clock cannot move before the call is counted as waiting: the rig sees one call in flight more than calls that wait.
        var delay = Task.Delay(Latency, clock, cancellationToken);
        var due = clock.GetTimestamp() + (long)(Latency.TotalSeconds * clock.TimestampFrequency);
        lock (_gate)
            _due.Add(due);
        try
        {
            await delay;
        }
        finally
        {
            lock (_gate)
                _due.Remove(due);
        }
    }
}

/// <summary>A PutRecords call.</summary>
internal sealed record PutCall(DateTimeOffset At, int Entries, long Bytes);
