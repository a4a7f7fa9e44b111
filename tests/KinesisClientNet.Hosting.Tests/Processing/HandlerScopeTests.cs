using KinesisClientNet.Consumer;
using KinesisClientNet.Hosting.Processing;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Hosting.Tests.Processing;

/// <summary>Issue 8: one DI scope per shard, or per batch by option.</summary>
public sealed class HandlerScopeTests
{
    private static readonly ShardContext Shard = new() { Stream = new("orders"), ShardId = "shardId-000000000000" };

    [Fact]
    public async Task A_shard_has_one_handler_and_one_scope_which_end_with_its_close()
    {
        var rig = new Rig(HandlerScope.Shard);
        var handler = rig.Handlers.Create(Shard);

        await handler.OpenAsync(Shard, HostRig.Cancellation);
        await handler.ProcessAsync(Batch(), HostRig.Cancellation);
        await handler.ProcessAsync(Batch(), HostRig.Cancellation);
        Assert.Equal(["open 1", "process 1", "process 1"], rig.Events);
        await handler.CloseAsync(new(Shard, ShardCloseReason.Stopping), HostRig.Cancellation);

        Assert.Equal(["open 1", "process 1", "process 1", "close 1 Stopping", "handler 1 disposed", "scoped 1 disposed"], rig.Events);
    }

    [Fact]
    public async Task A_batch_has_its_own_handler_and_scope()
    {
        var rig = new Rig(HandlerScope.Batch);
        var handler = rig.Handlers.Create(Shard);

        await handler.OpenAsync(Shard, HostRig.Cancellation);
        await handler.ProcessAsync(Batch(), HostRig.Cancellation);
        await handler.ProcessAsync(Batch(), HostRig.Cancellation);

        Assert.Equal(["process 1", "handler 1 disposed", "scoped 1 disposed", "process 2", "handler 2 disposed", "scoped 2 disposed"], rig.Events);
    }

    [Fact]
    public async Task A_scope_of_a_batch_ends_when_the_handler_throws()
    {
        var rig = new Rig(HandlerScope.Batch) { Failing = "process" };

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await rig.Handlers.Create(Shard).ProcessAsync(Batch(), HostRig.Cancellation));

        Assert.Equal(["process 1", "handler 1 disposed", "scoped 1 disposed"], rig.Events);
    }

    [Fact]
    public async Task A_constructor_that_throws_fails_the_opening_and_is_tried_again_in_a_new_scope()
    {
        var rig = new Rig(HandlerScope.Shard) { Failing = "constructor" };
        var handler = rig.Handlers.Create(Shard);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await handler.OpenAsync(Shard, HostRig.Cancellation));
        rig.Failing = null;
        await handler.OpenAsync(Shard, HostRig.Cancellation);

        Assert.Equal(["scoped 1 disposed", "open 2"], rig.Events);
    }

    [Fact]
    public async Task A_close_that_fails_at_the_shards_end_keeps_the_handler_for_the_next_try()
    {
        var rig = new Rig(HandlerScope.Shard) { Failing = "close" };
        var handler = rig.Handlers.Create(Shard);
        await handler.OpenAsync(Shard, HostRig.Cancellation);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await handler.CloseAsync(new(Shard, ShardCloseReason.ShardEnded), HostRig.Cancellation));
        rig.Failing = null;
        await handler.CloseAsync(new(Shard, ShardCloseReason.ShardEnded), HostRig.Cancellation);

        Assert.Equal(["open 1", "close 1 ShardEnded", "close 1 ShardEnded", "handler 1 disposed", "scoped 1 disposed"], rig.Events);
    }

    [Fact]
    public async Task Handlers_whose_close_never_came_through_are_disposed_with_the_consumer()
    {
        var rig = new Rig(HandlerScope.Shard);
        await rig.Handlers.Create(Shard).OpenAsync(Shard, HostRig.Cancellation);

        await rig.Handlers.DisposeAsync();

        Assert.Equal(["open 1", "handler 1 disposed", "scoped 1 disposed"], rig.Events);
    }

    [Fact]
    public async Task A_handler_that_the_application_registered_lives_as_registered()
    {
        var rig = new Rig(HandlerScope.Batch, services => services.AddSingleton<Handler>());
        var handler = rig.Handlers.Create(Shard);

        await handler.ProcessAsync(Batch(), HostRig.Cancellation);
        await handler.ProcessAsync(Batch(), HostRig.Cancellation);

        Assert.Equal(["process 1", "process 1"], rig.Events);
    }

    private static RecordBatch Batch() => new(Shard, []);

    private sealed class Rig
    {
        public Rig(HandlerScope scope, Action<IServiceCollection>? more = null)
        {
            var services = new ServiceCollection();
            services.AddSingleton(this);
            services.AddScoped<Scoped>();
            services.AddKinesisConsumer("orders", options => HostRig.Quick(options)).ProcessWith<Handler>(scope);
            more?.Invoke(services);
            Handlers = services.BuildServiceProvider().GetRequiredKeyedService<HandlerFactory>("orders");
        }

        public HandlerFactory Handlers { get; }

        public List<string> Events { get; } = [];

        public string? Failing { get; set; }

        public int Scopes { get; set; }

        public void Happened(string what, string step)
        {
            if (what.Length > 0)
                Events.Add(what);
            if (step == Failing)
                throw new InvalidOperationException(step);
        }
    }

    private sealed class Scoped(Rig rig) : IDisposable
    {
        public int Number { get; } = ++rig.Scopes;

        public void Dispose() => rig.Happened($"scoped {Number} disposed", "");
    }

    private sealed class Handler : IShardProcessor, IAsyncDisposable
    {
        private readonly Rig _rig;
        private readonly int _number;

        public Handler(Rig rig, Scoped scoped)
        {
            (_rig, _number) = (rig, scoped.Number);
            rig.Happened("", "constructor");
        }

        public ValueTask OpenAsync(ShardContext shard, CancellationToken stopping)
        {
            _rig.Happened($"open {_number}", "open");
            return default;
        }

        public ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            _rig.Happened($"process {_number}", "process");
            return default;
        }

        public ValueTask CloseAsync(ShardClosing closing, CancellationToken stopping)
        {
            _rig.Happened($"close {_number} {closing.Reason}", "close");
            return default;
        }

        public ValueTask DisposeAsync()
        {
            _rig.Happened($"handler {_number} disposed", "");
            return default;
        }
    }
}
