using System.Diagnostics.CodeAnalysis;
using KinesisClientNet.Consumer;
using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Hosting.Processing;
using KinesisClientNet.Hosting.Running;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Hosting;

/// <summary>Says what a registered consumer does with records. One <c>ProcessWith</c> is needed; the host does not start without.</summary>
public sealed class KinesisConsumerBuilder
{
    internal KinesisConsumerBuilder(IServiceCollection services, string name) => (Services, Name) = (services, name);

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The consumer's name: the key of its services.</summary>
    public string Name { get; }

    /// <summary>
    /// Hands records to a class whose constructor takes what it needs from the container. A processor that is <see cref="IAsyncDisposable"/> or
    /// <see cref="IDisposable"/> is disposed at the end of its scope.
    /// </summary>
    /// <typeparam name="TProcessor">The class. It need not be registered; when it is, the registration decides about its life.</typeparam>
    /// <param name="scope">Whether a processor and its scoped services live for a shard or for a batch.</param>
    /// <returns>This.</returns>
    public KinesisConsumerBuilder ProcessWith<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TProcessor>(
        HandlerScope scope = HandlerScope.Shard)
        where TProcessor : class, IShardProcessor
    {
        ConsumerRegistration.SetProcessor(Services, Name, new((services, _) => services.GetService<TProcessor>() is { } registered
            ? new(registered, IsOwned: false)
            : new(ActivatorUtilities.CreateInstance<TProcessor>(services), IsOwned: true), scope));
        return this;
    }

    /// <summary>Hands records to objects that a function makes. They are not disposed: <see cref="IShardProcessor.CloseAsync"/> is their end.</summary>
    /// <param name="processor">Makes the object; gets the services of its scope and the shard.</param>
    /// <param name="scope">Whether a processor and its scoped services live for a shard or for a batch.</param>
    /// <returns>This.</returns>
    public KinesisConsumerBuilder ProcessWith(
        Func<IServiceProvider, ShardContext, IShardProcessor> processor, HandlerScope scope = HandlerScope.Shard)
    {
        ArgumentNullException.ThrowIfNull(processor);
        ConsumerRegistration.SetProcessor(Services, Name, new((services, shard) => new(processor(services, shard), IsOwned: false), scope));
        return this;
    }

    /// <summary>Hands records to a function: for jobs without state. Returning means that the batch is done.</summary>
    /// <param name="process">Handles a batch; see <see cref="IShardProcessor.ProcessAsync"/>.</param>
    /// <returns>This.</returns>
    public KinesisConsumerBuilder ProcessWith(Func<RecordBatch, CancellationToken, ValueTask> process)
    {
        ArgumentNullException.ThrowIfNull(process);
        var processor = new DelegateHandler(process);
        return ProcessWith((_, _) => processor);
    }

    /// <summary>Reads by enhanced fan-out (SubscribeToShard): pushed, 2 MB a second for each shard. AWS charges for each shard-hour and GB.</summary>
    /// <param name="consumerName">The name under which it is registered with the stream; null for the application's name.</param>
    /// <returns>This.</returns>
    public KinesisConsumerBuilder UseEnhancedFanOut(string? consumerName = null) => Configure(options =>
    {
        options.Retrieval.Mode = RetrievalMode.EnhancedFanOut;
        options.Retrieval.FanOut.ConsumerName = consumerName ?? options.Retrieval.FanOut.ConsumerName;
    });

    /// <summary>Keeps leases elsewhere than in DynamoDB.</summary>
    /// <param name="leaseStore">Makes the store; it is disposed with the container.</param>
    /// <returns>This.</returns>
    public KinesisConsumerBuilder UseLeaseStore(Func<IServiceProvider, ILeaseStore> leaseStore)
    {
        ArgumentNullException.ThrowIfNull(leaseStore);
        Services.AddKeyedSingleton(Name, (services, _) => leaseStore(services));
        return this;
    }

    /// <summary>Changes the consumer's settings, after those of its configuration section.</summary>
    /// <param name="configure">Changes them.</param>
    /// <returns>This.</returns>
    public KinesisConsumerBuilder Configure(Action<KinesisConsumerOptions> configure)
    {
        Services.Configure(Name, configure);
        return this;
    }
}
