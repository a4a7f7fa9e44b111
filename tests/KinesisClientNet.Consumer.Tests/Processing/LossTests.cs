using KinesisClientNet.Consumer.Tests.Support;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Tests.Processing;

/// <summary>The few ways in which a record can be lost are told.</summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class LossTests
{
    [Fact]
    public async Task A_checkpoint_whose_record_left_the_retention_is_told()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(3);
        var first = rig.Start();
        rig.RunUntilHandled(3);
        rig.Stop(first);
        await rig.PutAsync(2, from: 3);
        rig.Clock.RunFor(TimeSpan.FromHours(25));
        await rig.PutAsync(2, from: 5);

        rig.Start(worker: "worker-2");
        rig.RunUntilHandled(5);

        Assert.Equal(["0", "1", "2", "5", "6"], rig.Ledger.Entries.Select(entry => entry.Value));
        var told = Assert.Single(rig.Log.Entries, entry => entry.Id == 3025);
        Assert.Equal(LogLevel.Error, told.Level);
        Assert.Contains(rig.SequenceNumbers[2].ToString(), told.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_default_start_misses_nothing_that_was_put_before()
    {
        await using var rig = new ConsumerRig();
        await rig.PutAsync(4);
        rig.Clock.RunFor(TimeSpan.FromHours(1));

        rig.Start();
        rig.RunUntilHandled(4);

        Assert.Equal(["0", "1", "2", "3"], rig.Ledger.Entries.Select(entry => entry.Value));
    }
}
