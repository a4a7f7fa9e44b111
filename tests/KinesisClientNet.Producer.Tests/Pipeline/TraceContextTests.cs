using System.Diagnostics;
using System.Text;
using KinesisClientNet.Core.Aggregation;
using KinesisClientNet.Core.Telemetry;
using KinesisClientNet.Producer.Tests.Rig;

namespace KinesisClientNet.Producer.Tests.Pipeline;

/// <summary>Issue 8: the caller's context is captured at enqueue; it is linked to the call, and on request carried to the consumer.</summary>
public sealed class TraceContextTests : IDisposable
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    private readonly List<Activity> _calls = [];
    private readonly ActivityListener _listener;
    private readonly ActivitySource _application = new("application");

    public TraceContextTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == KinesisClientTelemetry.ProducerName || source == _application,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.Source != _application)
                    _calls.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    [Fact]
    public async Task A_call_is_linked_to_the_activities_of_its_records_and_has_none_of_them_as_parent()
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create();
        var contexts = new List<ActivityContext>();
        for (var i = 0; i < 3; i++)
        {
            using var activity = _application.StartActivity($"request {i}")!;
            contexts.Add(activity.Context);
            await producer.EnqueueAsync("key", default, Stop);
            await producer.EnqueueAsync("key", default, Stop);
        }

        await rig.UntilAsync(producer.FlushAsync(Stop));

        var call = Assert.Single(_calls);
        Assert.Equal(contexts, call.Links.Select(link => link.Context));
        Assert.Null(call.ParentId);
        Assert.Equal(6, call.GetTagItem("messaging.batch.message_count"));
    }

    [Fact]
    public async Task The_links_of_a_call_are_bounded()
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create();
        for (var i = 0; i < 300; i++)
        {
            using var activity = _application.StartActivity($"request {i}");
            await producer.EnqueueAsync("key", default, Stop);
        }

        await rig.UntilAsync(producer.FlushAsync(Stop));

        Assert.InRange(Assert.Single(_calls).Links.Count(), 32, 128);
    }

    [Fact]
    public async Task A_record_carries_its_callers_traceparent_when_that_is_asked_for_also_alone()
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create(options => options.PropagateTraceContext = true);
        string id;
        using (var activity = _application.StartActivity("request")!)
        {
            id = activity.Id!;
            await rig.UntilAsync(producer.SendAsync("key", "one"u8.ToArray(), Stop).AsTask());
        }

        var stored = Assert.Single(rig.Stream.Records());

        Assert.Equal([id], AggregatedTraceParent.Read(stored.Data));
        Assert.Equal("one", Assert.Single(rig.Stored()).Text);
    }

    [Fact]
    public async Task Nothing_is_carried_by_default()
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create();
        using (_application.StartActivity("request"))
            await rig.UntilAsync(producer.SendAsync("key", "one"u8.ToArray(), Stop).AsTask());

        Assert.Equal("one", Encoding.UTF8.GetString(Assert.Single(rig.Stream.Records()).Data.Span));
    }

    [Fact]
    public async Task Records_that_are_packed_anew_after_a_reshard_keep_what_they_carry()
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create(options => options.PropagateTraceContext = true);
        await rig.UntilAsync(producer.SendAsync("warm-up", default, Stop).AsTask());
        rig.Stream.Split(rig.Stream.ShardIds[0]);
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            using var activity = _application.StartActivity($"request {i}")!;
            ids.Add(activity.Id!);
            await producer.EnqueueAsync($"key-{i}", default, Stop);
        }

        await rig.UntilAsync(producer.FlushAsync(Stop));

        var carried = rig.Stream.Records().SelectMany(record => AggregatedTraceParent.Read(record.Data)).Where(id => id is not null);
        Assert.Subset(carried.ToHashSet()!, ids.ToHashSet());
        Assert.Equal(21, rig.Stored(strictRangeFilter: true).Count);
    }

    [Fact]
    public async Task A_record_as_large_as_an_aggregate_may_be_goes_alone_and_carries_nothing()
    {
        await using var rig = new ProducerRig(shards: 1);
        var producer = rig.Create(options => (options.PropagateTraceContext, options.Aggregation.MaxBytes) = (true, 100));
        using (_application.StartActivity("request"))
        {
            await rig.UntilAsync(producer.SendAsync("key", new byte[60], Stop).AsTask());
            await rig.UntilAsync(producer.SendAsync("key", new byte[200], Stop).AsTask());
        }

        Assert.Equal([60, 200], rig.Stream.Records().Select(record => record.Data.Length));
    }

    public void Dispose()
    {
        _listener.Dispose();
        _application.Dispose();
    }
}
