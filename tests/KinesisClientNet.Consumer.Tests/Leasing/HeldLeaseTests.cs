using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>One lease in one worker's hands: proofs of life, checkpoints, and what refusals and lost answers mean.</summary>
public sealed class HeldLeaseTests
{
    private const string Key = "shardId-000000000000";
    private readonly SteppedClock _time = new();
    private readonly InMemoryLeaseStore _inner = new();
    private readonly List<LeaseLoss> _losses = [];
    private readonly FaultyLeaseStore _store;
    private readonly LeaseHolder _holder;

    public HeldLeaseTests()
    {
        _store = new(_inner);
        _holder = new("a", _store, new(TimeSpan.FromSeconds(10)), _time, (_, loss) => _losses.Add(loss));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ExtendedSequenceNumber At(int number) => new(SequenceNumber.FromBits(0, (UInt128)number));

    [Fact]
    public async Task A_checkpoint_is_written_and_counts_as_a_renewal()
    {
        var lease = await ClaimAsync();
        _time.Advance(TimeSpan.FromSeconds(8));

        var result = await lease.WriteCheckpointAsync(At(5), Token);
        _time.Advance(TimeSpan.FromSeconds(8));

        Assert.True(result.IsApplied);
        Assert.True(lease.IsHeld);
        Assert.Equal(At(5), lease.Checkpoint);
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_is_lost_before_its_duration_is_over()
    {
        var lease = await ClaimAsync();

        _time.Advance(TimeSpan.FromSeconds(8.9));
        Assert.True(lease.IsHeld);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.False(lease.IsHeld);
        Assert.True(lease.Lost.IsCancellationRequested);
        Assert.Equal(LeaseLossReason.Expired, lease.Loss!.Reason);
    }

    [Fact]
    [Trait("Story", "D1")]
    public async Task A_frozen_process_knows_by_the_clock_that_its_lease_is_over_before_any_timer_fires()
    {
        var lease = await ClaimAsync();

        _store.Fault = (_, _) => throw new InvalidOperationException("Nothing may be written.");
        _time.FreezeWithoutTimers(TimeSpan.FromSeconds(30));
        var held = lease.IsHeld;
        var result = await lease.WriteCheckpointAsync(At(5), Token);

        Assert.False(held);
        Assert.False(result.IsApplied);
    }

    [Fact]
    public async Task The_lease_lives_from_the_moment_a_renewal_was_sent_not_from_its_answer()
    {
        var lease = await ClaimAsync();

        _store.Fault = (_, _) =>
        {
            _time.FreezeWithoutTimers(TimeSpan.FromSeconds(6));
            return StoreFault.None;
        };
        await lease.RenewAsync(Token);

        Assert.Equal(TimeSpan.FromSeconds(6), lease.SinceProof);
    }

    [Theory]
    [InlineData(typeof(RenewLease))]
    [InlineData(typeof(CheckpointLease))]
    [Trait("Story", "D3")]
    public async Task A_write_whose_answer_was_lost_does_not_cost_the_lease(Type lost)
    {
        var lease = await ClaimAsync();
        _store.Fault = (call, _) => call == lost.Name ? StoreFault.LoseAnswer : StoreFault.None;
        await Assert.ThrowsAsync<IOException>(async () => await (lost == typeof(RenewLease) ? lease.RenewAsync(Token) : lease.WriteCheckpointAsync(At(1), Token)));
        _store.Fault = static (_, _) => StoreFault.None;

        var checkpoint = await lease.WriteCheckpointAsync(At(2), Token);

        Assert.True(checkpoint.IsApplied);
        Assert.True(lease.IsHeld);
        Assert.Equal(At(2), (await _inner.ReadLeaseAsync(Key, Token))!.Checkpoint);
    }

    [Fact]
    public async Task A_lost_answer_counts_as_proof_from_when_it_was_sent()
    {
        var lease = await ClaimAsync();
        _time.Advance(TimeSpan.FromSeconds(3));
        _store.Fault = static (_, _) => StoreFault.LoseAnswer;
        await Assert.ThrowsAsync<IOException>(async () => await lease.RenewAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(1));
        _store.Fault = static (_, _) => StoreFault.None;

        await lease.RenewAsync(Token);

        Assert.Equal(TimeSpan.FromSeconds(1), lease.SinceProof);
    }

    [Fact]
    public async Task A_lease_given_to_another_worker_is_lost_at_the_next_renewal()
    {
        var lease = await ClaimAsync();
        await _inner.WriteLeaseAsync(new AssignLease(Key, "a", null, "b"), Token);

        var result = await lease.RenewAsync(Token);

        Assert.False(result.IsApplied);
        Assert.Equal(new LeaseLoss(LeaseLossReason.Taken, "b"), Assert.Single(_losses));
    }

    [Fact]
    public async Task A_hand_over_is_noticed_at_the_renewal_and_the_lease_stays_held()
    {
        var lease = await ClaimAsync();
        await _inner.WriteLeaseAsync(new StartHandover(Key, "a", "b"), Token);

        Assert.True((await lease.RenewAsync(Token)).IsApplied);
        Assert.False(lease.HandoverRequested.IsCompleted);
        for (var second = 0; second < 11; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True((await lease.RenewAsync(Token)).IsApplied);
        }

        Assert.True(lease.IsHeld);
        Assert.True(lease.HandoverRequested.IsCompletedSuccessfully);
        Assert.True((await lease.WriteCheckpointAsync(At(9), Token)).IsApplied);
    }

    [Fact]
    public async Task A_hand_over_that_the_leader_calls_off_leaves_the_lease_held_and_proven_by_a_write_of_its_own()
    {
        var lease = await ClaimAsync();
        await _inner.WriteLeaseAsync(new StartHandover(Key, "a", "b"), Token);
        await lease.RenewAsync(Token);
        await _inner.WriteLeaseAsync(new AssignLease(Key, "b", "a", "a"), Token);
        var calledOff = lease.Row.Counter + 1;
        _time.Advance(TimeSpan.FromSeconds(8));

        await lease.RenewAsync(Token);
        _time.Advance(TimeSpan.FromSeconds(30 - 8));

        Assert.Equal(calledOff + 1, (await _inner.ReadLeaseAsync(Key, Token))!.Counter);
        Assert.False(lease.HandoverRequested.IsCompleted);
    }

    [Fact]
    public async Task Releasing_a_lease_that_is_handed_over_gives_it_to_the_new_owner()
    {
        var lease = await ClaimAsync();
        await _inner.WriteLeaseAsync(new StartHandover(Key, "a", "b"), Token);
        await lease.RenewAsync(Token);

        await lease.ReleaseAsync(Token);

        var row = await _inner.ReadLeaseAsync(Key, Token);
        Assert.Equal(("b", null), (row!.Owner, row.CheckpointOwner));
        Assert.Equal(LeaseLossReason.HandedOver, lease.Loss!.Reason);
    }

    [Fact]
    public async Task Releasing_a_lease_just_after_a_hand_over_began_gives_it_to_the_new_owner_too()
    {
        var lease = await ClaimAsync();
        await _inner.WriteLeaseAsync(new StartHandover(Key, "a", "b"), Token);

        await lease.ReleaseAsync(Token);

        Assert.Equal(("b", null), ((await _inner.ReadLeaseAsync(Key, Token))!.Owner, (await _inner.ReadLeaseAsync(Key, Token))!.CheckpointOwner));
    }

    [Fact]
    public async Task A_released_lease_has_no_owner_and_is_not_written_any_more()
    {
        var lease = await ClaimAsync();

        await lease.ReleaseAsync(Token);
        var late = await lease.WriteCheckpointAsync(At(3), Token);

        Assert.Null((await _inner.ReadLeaseAsync(Key, Token))!.Owner);
        Assert.False(late.IsApplied);
    }

    [Fact]
    public async Task A_release_that_fails_ends_the_lease_here_all_the_same()
    {
        var lease = await ClaimAsync();
        _store.Fault = static (_, _) => StoreFault.Refuse;

        await Assert.ThrowsAsync<IOException>(async () => await lease.ReleaseAsync(Token));

        Assert.True(lease.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_deleted_row_ends_the_lease()
    {
        var lease = await ClaimAsync();
        await _inner.WriteLeaseAsync(new DeleteLease(Key, OnlyFinished: false), Token);

        await lease.RenewAsync(Token);

        Assert.Equal(LeaseLossReason.Deleted, lease.Loss!.Reason);
    }

    [Fact]
    public async Task A_second_process_with_the_same_id_ends_the_lease_as_a_conflict()
    {
        var lease = await ClaimAsync();
        var twin = await ClaimAgainAsync();
        await twin.RenewAsync(Token);

        await lease.RenewAsync(Token);

        Assert.Equal(LeaseLossReason.Conflict, lease.Loss!.Reason);
    }

    [Fact]
    [Trait("Story", "C2")]
    public async Task Renewals_and_checkpoints_from_many_threads_never_cost_the_lease()
    {
        var lease = await ClaimAsync();

        await Parallel.ForAsync(0, 400, Token, async (i, token) =>
        {
            var result = i % 2 == 0 ? await lease.RenewAsync(token) : await lease.WriteCheckpointAsync(At(i), token);
            Assert.True(result.IsApplied);
        });

        Assert.Equal(401, (await _inner.ReadLeaseAsync(Key, Token))!.Counter);
    }

    [Fact]
    public async Task A_callback_of_the_lost_token_that_blocks_does_not_block_the_one_who_ends_the_lease()
    {
        var lease = await ClaimAsync();
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        await using var registration = lease.Lost.Register(() =>
        {
            entered.Set();
            leave.Wait(Token);
        });

        lease.End(new(LeaseLossReason.Stopped));

        Assert.True(lease.Lost.IsCancellationRequested);
        entered.Wait(Token);
        leave.Set();
    }

    private async Task<HeldLease> ClaimAsync()
    {
        await _inner.WriteLeaseAsync(
            new CreateLease(new Lease { LeaseKey = Key, ShardId = Key, Checkpoint = ExtendedSequenceNumber.TrimHorizon, Owner = "a" }), Token);
        return await ClaimAgainAsync();
    }

    private async Task<HeldLease> ClaimAgainAsync()
    {
        var sentAt = _time.GetTimestamp();
        var row = await _inner.WriteLeaseAsync(new ClaimLease(Key, "a"), Token);
        return new(_holder, row.Lease!, sentAt);
    }
}
