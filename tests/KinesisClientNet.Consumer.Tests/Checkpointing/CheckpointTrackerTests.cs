using CsCheck;
using KinesisClientNet.Consumer.Checkpointing;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Checkpointing;

public sealed class CheckpointTrackerTests
{
    private readonly CheckpointTracker _tracker = new();

    [Fact]
    public void Nothing_is_completed_at_first()
    {
        _tracker.Append(Number(1), 0, 3);

        Assert.Null(_tracker.Completed);
        Assert.Equal(3, _tracker.Outstanding);
    }

    [Fact]
    public void A_record_behind_an_open_one_does_not_count()
    {
        _tracker.Append(Number(1), 0, 1);
        _tracker.Append(Number(2), 0, 1);

        _tracker.Complete(1);

        Assert.Null(_tracker.Completed);
    }

    [Fact]
    public void Closing_the_gap_brings_everything_behind_it()
    {
        _tracker.Append(Number(1), 0, 1);
        _tracker.Append(Number(2), 0, 1);
        _tracker.Append(Number(3), 0, 1);
        _tracker.Complete(1);
        _tracker.Complete(2);

        _tracker.Complete(0);

        Assert.Equal(new ExtendedSequenceNumber(Number(3)), _tracker.Completed);
        Assert.Equal(0, _tracker.Outstanding);
    }

    [Fact]
    public void The_prefix_can_end_inside_an_aggregate()
    {
        _tracker.Append(Number(7), 2, 5);

        _tracker.Complete(0, 3);

        Assert.Equal(new ExtendedSequenceNumber(Number(7), 4), _tracker.Completed);
    }

    [Fact]
    public void Completing_twice_is_completing_once()
    {
        _tracker.Append(Number(1), 0, 4);
        _tracker.Complete(1, 2);

        _tracker.Complete(0, 2);
        _tracker.Complete(0, 3);
        _tracker.Append(Number(2), 0, 1000);

        Assert.Equal(new ExtendedSequenceNumber(Number(1), 2), _tracker.Completed);
        Assert.Equal(1001, _tracker.Outstanding);
    }

    [Fact]
    public void Records_that_were_never_appended_cannot_be_completed()
    {
        _tracker.Append(Number(1), 0, 1);

        Assert.Throws<ArgumentOutOfRangeException>(() => _tracker.Complete(0, 2));
    }

    /// <summary>Demand story C1: whatever the order of completion, what is committed is the contiguous prefix, to the record.</summary>
    [Fact]
    [Trait("Story", "C1")]
    public void The_prefix_agrees_with_a_plain_list_whatever_the_order() => Gen.Select(
            Gen.Int[1, 40].Array[1, 60], Gen.Int[0, 1_000_000], Gen.Int[1, 300])
        .Sample((aggregates, seed, runAhead) =>
        {
            var random = new Random(seed);
            var tracker = new CheckpointTracker();
            var positions = new List<ExtendedSequenceNumber>();
            var open = new List<int>();
            var done = new List<bool>();
            var next = 0;
            while (next < aggregates.Length || open.Count > 0)
            {
                if (next < aggregates.Length && (open.Count == 0 || (open.Count < runAhead && random.Next(2) == 0)))
                {
                    tracker.Append(Number(next), 0, aggregates[next]);
                    for (var place = 0; place < aggregates[next]; place++)
                    {
                        open.Add(done.Count);
                        done.Add(false);
                        positions.Add(new(Number(next), place));
                    }

                    next++;
                }
                else
                {
                    var pick = random.Next(open.Count);
                    tracker.Complete(open[pick]);
                    done[open[pick]] = true;
                    open.RemoveAt(pick);
                }

                var prefix = done.IndexOf(false) is >= 0 and var hole ? hole : done.Count;
                Assert.Equal(prefix == 0 ? null : positions[prefix - 1], tracker.Completed);
                Assert.Equal(done.Count - prefix, tracker.Outstanding);
            }
        });

    private static SequenceNumber Number(int number) => SequenceNumber.FromBits(0, (UInt128)(ulong)(1000 + number));
}
