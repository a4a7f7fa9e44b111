using CsCheck;
using KinesisClientNet.Producer.Pipeline;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Issue 3: a flush completes when everything before it has its outcome; the oldest record's age.</summary>
public sealed class FlushEpochsTests
{
    private const int Slot = 10;

    [Fact]
    public void Flushes_and_ages_agree_with_a_plain_list_whatever_the_order() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 12], Gen.Int[0, 1_000]).Array[1, 80].Sample(steps =>
        {
            var epochs = new FlushEpochs(Slot);
            var flushes = new List<(Task Done, HashSet<(FlushEpoch, long, int)> Before)>();
            var numbered = new List<(FlushEpoch Epoch, long At, int Number)>();
            var (now, number) = (0L, 0);
            foreach (var (kind, wait, pick) in steps)
            {
                now += wait;
                if (kind is 0 or 1)
                    numbered.Add((epochs.Enter(now), now, number++));
                else if (kind == 2 && numbered.Count > 0)
                    Leave(pick % numbered.Count);
                else
                    flushes.Add((epochs.Close(now), [.. numbered]));
                Check();
            }

            while (numbered.Count > 0)
            {
                Leave(numbered.Count / 2);
                Check();
            }

            void Leave(int index)
            {
                epochs.Leave(numbered[index].Epoch);
                foreach (var (_, before) in flushes)
                    before.Remove(numbered[index]);
                numbered.RemoveAt(index);
            }

            void Check()
            {
                Assert.All(flushes, flush => Assert.Equal(flush.Before.Count == 0, flush.Done.IsCompleted));
                var oldest = epochs.OldestStart();
                if (numbered.Count == 0)
                    Assert.Null(oldest);
                else
                    Assert.InRange(oldest!.Value, numbered.Min(record => record.At) - Slot, numbered.Min(record => record.At));
            }
        });

    [Fact]
    public void A_record_that_is_stuck_for_days_keeps_one_slot_and_not_all_that_came_after_it()
    {
        var epochs = new FlushEpochs(Slot);
        epochs.Enter(0);

        for (var now = 100L; now < 1_000_000; now += 100)
            epochs.Leave(epochs.Enter(now));

        Assert.InRange(epochs.Count, 1, 2);
        Assert.Equal(0, epochs.OldestStart());
    }
}
