using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;

namespace KinesisClientNet.Integration.Tests.Faults;

/// <summary>
/// A subscription over real HTTP/2 that breaks at every place where it can break: nothing is lost or repeated, and records come again within six seconds
/// (demand story E4). Five of them are the service's, which refuses a second subscription for so long.
/// </summary>
public sealed class FanOutFaultTests
{
    private const int Records = 3;

    /// <summary>Its message takes two frames of 16 KiB.</summary>
    private const int RecordBytes = 20_000;

    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(6);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>How many bytes of a frame of the given size still arrive: none, a part of its header, its header and half its payload, all but one.</summary>
    private static IEnumerable<int> CutPlaces(int frameBytes) => new[] { 0, 4, (Http2Frame.HeaderBytes + frameBytes) / 2, frameBytes - 1 }.Distinct();

    [Theory]
    [Trait("Story", "E4")]
    [InlineData(FrameFaultKind.Close)]
    [InlineData(FrameFaultKind.Reset)]
    public async Task A_connection_that_is_cut_at_any_frame_or_inside_it_loses_nothing(FrameFaultKind kind)
    {
        await using var rig = await FanOutFaultRig.StartAsync(Cancelled);
        var cuts = 0;
        for (var variant = 0; variant < 4; variant++)
        {
            var place = variant;
            cuts += await BreakEachFrameAsync(rig, frame => new(kind, CutPlaces(frame.TotalBytes).ElementAt(Math.Min(place, CutPlaces(frame.TotalBytes).Count() - 1))));
        }

        Assert.True(cuts >= 4 * 9, $"only {cuts} cuts"); // SETTINGS, their ACK, HEADERS, two for each record
    }

    [Fact]
    [Trait("Story", "E4")]
    public async Task A_bit_that_flips_in_any_frame_of_the_event_stream_is_noticed_and_costs_nothing()
    {
        await using var rig = await FanOutFaultRig.StartAsync(Cancelled);
        var flips = await BreakEachFrameAsync(
            rig, frame => frame is { Type: Http2FrameType.Data, Length: > 0 } ? new(FrameFaultKind.FlipBit) : null,
            error => Assert.Equal(KinesisErrorKind.MalformedResponse, Assert.IsType<KinesisApiException>(error).Kind));
        Assert.True(flips >= 6, $"only {flips} flips");
    }

    /// <summary>2 INTERNAL_ERROR, 7 REFUSED_STREAM, 8 CANCEL, 11 ENHANCE_YOUR_CALM (RFC 9113 §7).</summary>
    [Theory]
    [Trait("Story", "E4")]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(11)]
    public async Task A_stream_that_is_reset_at_any_frame_loses_nothing(int errorCode)
    {
        await using var rig = await FanOutFaultRig.StartAsync(Cancelled);
        var resets = await BreakEachFrameAsync(rig, frame => frame.StreamId > 0 ? new(FrameFaultKind.RstStream, ErrorCode: errorCode) : null);
        Assert.True(resets >= 7, $"only {resets} resets");
    }

    /// <summary>0 is how servers are taken out of service: what runs goes on. 2 and 11 end the connection.</summary>
    [Theory]
    [Trait("Story", "E4")]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(11)]
    public async Task A_server_that_goes_away_at_any_frame_loses_nothing(int errorCode)
    {
        await using var rig = await FanOutFaultRig.StartAsync(Cancelled);
        var times = await BreakEachFrameAsync(rig, frame => frame.StreamId > 0 ? new(FrameFaultKind.GoAway, ErrorCode: errorCode) : null);
        Assert.True(times >= 7, $"only {times} times");
    }

    /// <summary>
    /// The connection lives, the stream brings nothing more, not even heartbeats (demand story S1). Only frames of the body: headers that are left out would spoil
    /// the header compression of the whole connection (RFC 7541), which is another fault.
    /// </summary>
    [Fact]
    [Trait("Story", "E4")]
    [Trait("Story", "S1")]
    public async Task A_stream_that_stalls_at_any_frame_of_its_body_is_noticed_by_its_silence()
    {
        await using var rig = await FanOutFaultRig.StartAsync(Cancelled);
        var stalls = await BreakEachFrameAsync(rig, frame => frame.Type == Http2FrameType.Data ? new(FrameFaultKind.Stall) : null);
        Assert.True(stalls >= 6, $"only {stalls} stalls");
    }

    /// <summary>No sign that anything is wrong comes, ever. The keep-alive ping ends the connection, so that the next subscription takes another one.</summary>
    [Fact]
    [Trait("Story", "E4")]
    public async Task A_connection_that_is_half_open_is_given_up_and_not_used_again()
    {
        await using var rig = await FanOutFaultRig.StartAsync(Cancelled);

        Assert.True(await BreakOnceAsync(rig, 3, frame => frame.StreamId > 0 ? new(FrameFaultKind.HalfOpen) : null, pingsSoon: true));

        Assert.True(rig.Proxy.Http2Connections >= 2);
    }

    /// <summary>The window fills and the server waits; the connection is read all the time, or it would be taken for dead (demand story E3).</summary>
    [Fact]
    [Trait("Story", "E3")]
    public async Task A_handler_that_takes_ten_minutes_blocks_neither_the_connection_nor_its_pings()
    {
        const int Count = 20;
        const int Bytes = 100_000;
        await using var rig = await FanOutFaultRig.StartAsync(Cancelled, LocalThrottling.Off);
        await using var reader = await rig.ReadAsync(_ => null, prefetchBytes: 2 * Bytes, windowBytes: 64 * 1024);
        reader.Put("0", Bytes);
        var values = new List<string>(await reader.NextAsync(Cancelled));
        for (var i = 1; i < Count; i++)
            reader.Put($"{i}", Bytes);
        await reader.BlockedAsync(Cancelled);

        for (var minute = 0; minute < 10; minute++) // the queue is full, the window too, and nobody takes anything
        {
            reader.Clock.Advance(TimeSpan.FromMinutes(1));
            await rig.Proxy.PingClientsAsync();
        }

        while (values.Count < Count)
            values.AddRange(await reader.NextAsync(Cancelled));

        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), values);
        Assert.Empty(reader.Errors);
        Assert.Equal(1, rig.Proxy.Http2Connections);
    }

    /// <summary>Breaks the first frame that can be broken, in another run the second, and so on to the last.</summary>
    /// <returns>How many there were.</returns>
    private static async Task<int> BreakEachFrameAsync(FanOutFaultRig rig, Func<Http2Frame, FrameFault?> faultOf, Action<Exception>? check = null)
    {
        var index = 0;
        while (await BreakOnceAsync(rig, index, faultOf, check))
            index++;
        return index;
    }

    /// <summary>Reads some records over a connection of which the n-th frame that can be broken is broken.</summary>
    /// <returns>Whether there were so many.</returns>
    private static async Task<bool> BreakOnceAsync(FanOutFaultRig rig, int index, Func<Http2Frame, FrameFault?> faultOf, Action<Exception>? check = null, bool pingsSoon = false)
    {
        var broken = new TaskCompletionSource<(TimeSpan At, FrameFault Fault)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var passed = 0;
        await using var reader = await rig.ReadAsync(frame =>
        {
            if (frame.Connection != 0 || broken.Task.IsCompleted || faultOf(frame.Frame) is not { } fault || passed++ < index)
                return null;
            broken.SetResult((rig.Elapsed, fault));
            return fault;
        }, pingsSoon: pingsSoon);
        var moving = MoveTimeOnceItIsNeededAsync(reader, broken.Task);
        TimeSpan? back = null;
        for (var i = 0; i < Records; i++)
        {
            await reader.RestAsync(Cancelled);
            reader.Put($"{i}", RecordBytes);
            Assert.Equal([$"{i}"], await reader.NextAsync(Cancelled));
            if (broken.Task.IsCompleted)
                back ??= rig.Elapsed;
        }

        if (!broken.Task.IsCompleted)
            return false;
        await moving;
        var (at, _) = await broken.Task;
        if (reader.Errors is [var (noticedAt, error), ..])
        {
            check?.Invoke(error);
            at = noticedAt; // silence can be told from quiet only when it lasts
        }

        Assert.True(back - at <= Recovery, $"frame {index}: {back - at}");
        return true;
    }

    private static async Task MoveTimeOnceItIsNeededAsync(FaultedReader reader, Task<(TimeSpan At, FrameFault Fault)> broken)
    {
        if ((await broken).Fault.Kind != FrameFaultKind.Stall)
            return;
        while (reader.Errors.Count == 0)
        {
            await reader.RestAsync(Cancelled);
            if (reader.Errors.Count == 0)
                reader.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
