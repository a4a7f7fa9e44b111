using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Consumer.Tests.Leasing.Kcl;

/// <summary>
/// The history of every row (story C2): whoever writes, a counter never goes back and moves by one with every write but a started hand-over and a description; a
/// checkpoint never goes back; a change of owner always shows in the counter, unless the old owner stays on as checkpoint owner.
/// </summary>
internal sealed class WatchedStore(InMemoryLeaseStore inner, TimeProvider time) : ForwardingLeaseStore(inner)
{
    private const int Kept = 12;

    private readonly Dictionary<string, Queue<string>> _history = [];

    public int Writes { get; private set; }

    /// <summary>The last writes to a row, for messages.</summary>
    public string HistoryOf(string leaseKey) => string.Join("\n", _history.GetValueOrDefault(leaseKey) ?? []);

    public override async ValueTask<LeaseWriteResult> WriteLeaseAsync(LeaseWrite write, CancellationToken cancellationToken = default)
    {
        var before = await base.ReadLeaseAsync(write.LeaseKey, cancellationToken);
        var result = await base.WriteLeaseAsync(write, cancellationToken);
        Writes++;
        Remember(write, result.IsApplied);
        if (!result.IsApplied || before is null || result.Lease is not { } after)
            return result;
        Assert.Equal(before.Counter + (write is StartHandover or DescribeLease ? 0 : 1), after.Counter);
        Assert.True(after.Checkpoint.CompareTo(before.Checkpoint) >= 0, $"{write} takes the checkpoint back from {before.Checkpoint}.");
        if (write is StartHandover)
            Assert.Equal(before.ActualOwner, after.ActualOwner);
        return result;
    }

    private void Remember(LeaseWrite write, bool isApplied)
    {
        if (!_history.TryGetValue(write.LeaseKey, out var history))
            _history.Add(write.LeaseKey, history = new());
        history.Enqueue($"{time.GetElapsedTime(0)} {(isApplied ? "applied" : "refused")} {write}");
        if (history.Count > Kept)
            history.Dequeue();
    }
}
