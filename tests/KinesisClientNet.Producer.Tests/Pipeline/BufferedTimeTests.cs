using CsCheck;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Issue 3: a quiet record leaves within MaxBufferedTime and a fifth of it.</summary>
public sealed class BufferedTimeTests
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_quiet_record_leaves_within_its_buffering_time_and_a_fifth_and_not_much_sooner() => await Gen.Int[10, 2_000].SampleAsync(async ms =>
    {
        await using var rig = new ProducerRig(shards: 2);
        var buffered = TimeSpan.FromMilliseconds(ms);
        var producer = rig.Create(options => options.MaxBufferedTime = buffered);
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        await rig.PassAsync(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));

        var delivery = producer.SendAsync("quiet", default, Stop).AsTask();
        await rig.PassAsync(buffered * 1.2, buffered / 50);

        Assert.True(delivery.IsCompletedSuccessfully, $"Not sent after 1.2 times {buffered}.");
        Assert.InRange((await delivery).Attempts[0].Delay, buffered * 0.95, buffered * 1.2);
    }, iter: 10, threads: 1);
}
