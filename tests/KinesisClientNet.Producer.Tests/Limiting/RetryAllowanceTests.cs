using CsCheck;
using KinesisClientNet.Producer.Limiting;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Limiting;

/// <summary>Issue 3: a retry budget stops storms.</summary>
public sealed class RetryAllowanceTests
{
    private const int Pace = 100;
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public void One_full_call_may_be_sent_again_at_once_and_then_one_record_at_each_pace()
    {
        var allowance = new RetryAllowance(Pace);

        for (var i = 0; i < RetryAllowance.MaxSaved; i++)
        {
            Assert.True(allowance.CanSpend(0));
            allowance.Spend(0);
        }

        Assert.True(allowance.CanSpend(0));
        allowance.Spend(0);
        Assert.False(allowance.CanSpend(Pace - 1));
        Assert.Equal(Pace, allowance.ReadyAt);
        Assert.True(allowance.CanSpend(Pace));
    }

    [Fact]
    public void A_retry_that_is_stored_brings_two_back_so_that_recovery_doubles()
    {
        var allowance = Empty();

        allowance.OnStored(wasRetry: true);

        Assert.Equal(2, Drain(allowance));
    }

    [Fact]
    public void More_than_a_full_call_is_never_saved_up()
    {
        var allowance = new RetryAllowance(Pace);
        for (var i = 0; i < 10_000; i++)
            allowance.OnStored(wasRetry: true);

        Assert.Equal(RetryAllowance.MaxSaved + 1, Drain(allowance)); // and the one that the pace allows
    }

    [Fact]
    public void Retries_never_exceed_what_was_saved_and_stored_plus_the_pace() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 40]).Array[1, 3_000].Sample(steps =>
        {
            var allowance = new RetryAllowance(Pace);
            var (now, spent, earned) = (0L, 0, 0);
            foreach (var (kind, wait) in steps)
            {
                now += wait;
                if (kind == 0)
                {
                    allowance.OnStored(wasRetry: false);
                    earned++;
                }
                else if (allowance.CanSpend(now))
                {
                    allowance.Spend(now);
                    spent++;
                }
            }

            Assert.InRange(spent, 0, RetryAllowance.MaxSaved + earned + (now / Pace) + 1);
        }, iter: 200);

    /// <summary>Story L4: calls are answered, but nearly every record in them fails for ten minutes.</summary>
    [Fact]
    [Trait("Story", "L4")]
    public async Task A_service_that_fails_nine_of_ten_records_meets_less_load_and_not_a_multiple_of_it()
    {
        await using var rig = new ProducerRig(shards: 4);
        var (random, isSick, tries) = (new Random(3), false, 0L);
        rig.Api.FailEntry = _ => isSick && random.Next(10) > 0 ? "InternalFailure" : null;
        rig.Api.BeforePut = request => tries += request.Entries.Length;
        var producer = rig.Create(options =>
        {
            options.Aggregation.Enabled = false;
            options.Buffer.MaxRecords = 20_000;
        });
        var load = new SteadyLoad(producer, rig, bytesPerSecond: 200_000, recordBytes: 100);
        await load.RunAsync(TimeSpan.FromSeconds(2), Stop);
        isSick = true;
        await load.RunAsync(TimeSpan.FromSeconds(10), Stop);
        var triesBefore = tries;

        await load.RunAsync(TimeSpan.FromSeconds(60), Stop);

        // 2,000 records a second are offered; without the allowance each would be tried ten times.
        Assert.InRange((tries - triesBefore) / 60.0, 1, 1_000);
        isSick = false;
        await load.RunAsync(TimeSpan.FromSeconds(5), Stop);
        var healthy = rig.Stored().Count;
        await load.RunAsync(TimeSpan.FromSeconds(5), Stop);
        Assert.InRange(rig.Stored().Count - healthy, 5 * 1_990, 5 * 6_000);
        await rig.UntilAsync(load.StopAsync());
        await rig.UntilAsync(producer.FlushAsync(Stop));
        Assert.Equal(load.Accepted, rig.Stored().Select(record => record.Text).Distinct().Count());
        Assert.Equal(0, load.Failed);
    }

    private static RetryAllowance Empty()
    {
        var allowance = new RetryAllowance(Pace);
        Drain(allowance);
        return allowance;
    }

    private static int Drain(RetryAllowance allowance)
    {
        var count = 0;
        while (allowance.CanSpend(0))
        {
            allowance.Spend(0);
            count++;
        }

        return count;
    }
}
