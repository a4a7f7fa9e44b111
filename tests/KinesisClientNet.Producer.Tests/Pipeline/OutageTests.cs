using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer.Tests.Rig;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Tests.Pipeline;

public sealed class OutageTests
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    /// <summary>Stories L3 and L4: ten minutes without service under a load of twice the shards' quota.</summary>
    [Fact]
    public async Task Ten_minutes_of_outage_at_twice_the_load_lose_nothing_and_end_within_five_seconds()
    {
        await using var rig = new ProducerRig(shards: 4, Local.LocalThrottling.Strict);
        var producer = rig.Create(options => options.Buffer.MaxBytes = MaxBytes);
        var isDown = false;
        rig.Api.BeforePut = _ =>
        {
            if (isDown)
                throw new KinesisApiException(KinesisErrorKind.ServiceFault, "ServiceUnavailable", "The service is down.", 503);
        };
        DateTimeOffset? firstSuccess = null;
        rig.Api.AfterPut = _ => firstSuccess ??= rig.Clock.GetUtcNow();
        var load = new SteadyLoad(producer, rig, bytesPerSecond: 8 * 1024 * 1024, recordBytes: 2_000);

        await load.RunAsync(TimeSpan.FromMilliseconds(50), Stop);
        await rig.UntilAsync(producer.FlushAsync(Stop));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        isDown = true;
        await load.RunAsync(TimeSpan.FromSeconds(30), Stop, step: TimeSpan.FromMilliseconds(100));
        var callsAtFirst = rig.Api.Calls.Count;
        await load.RunAsync(TimeSpan.FromMinutes(9.5), Stop, step: TimeSpan.FromMilliseconds(500));
        var callsInOutage = rig.Api.Calls.Count - callsAtFirst;
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        var healedAt = rig.Clock.GetUtcNow();
        (isDown, firstSuccess) = (false, null);
        await load.RunAsync(TimeSpan.FromSeconds(8), Stop, step: TimeSpan.FromMilliseconds(100));
        await rig.UntilAsync(load.StopAsync());
        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.InRange(callsInOutage, 1, 570);
        Assert.InRange(grown, 0, (long)(MaxBytes * 1.15));
        Assert.InRange(firstSuccess!.Value - healedAt, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(0, load.Failed);
        Assert.Equal(load.Accepted, rig.Stored(strictRangeFilter: true).Select(record => record.Text).Distinct().Count());
        Assert.InRange(rig.Log.Lines.Count(line => line.Level >= LogLevel.Warning), 1, 12);
    }
}
