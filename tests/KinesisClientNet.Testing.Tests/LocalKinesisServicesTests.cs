using KinesisClientNet.Consumer.Leasing;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Testing.Tests;

public class LocalKinesisServicesTests
{
    [Fact]
    public void Local_service_and_memory_replace_what_was_registered_before()
    {
        var kinesis = new LocalKinesis();
        var services = new ServiceCollection();
        services.AddSingleton<IKinesisApi>(new LocalKinesis());
        services.AddSingleton<ILeaseStore>(new InMemoryLeaseStore());

        services.UseLocalKinesis(kinesis);

        Assert.Same(kinesis, Assert.Single(services, static service => service.ServiceType == typeof(IKinesisApi)).ImplementationInstance);
        Assert.Single(services, static service => service.ServiceType == typeof(ILeaseStore) && !service.IsKeyedService);
    }

    [Fact]
    public void Hosted_consumers_of_different_names_do_not_share_leases()
    {
        var services = new ServiceCollection().UseLocalKinesis(new LocalKinesis());

        var named = Assert.Single(services, static service => service.ServiceType == typeof(ILeaseStore) && service.IsKeyedService);

        Assert.Same(KeyedService.AnyKey, named.ServiceKey);
    }

    [Fact]
    public void Lease_store_can_be_chosen()
    {
        var store = new InMemoryLeaseStore();

        var services = new ServiceCollection().UseLocalKinesis(new LocalKinesis(), store);

        Assert.Same(store, Assert.Single(services, static service => service.ServiceType == typeof(ILeaseStore)).ImplementationInstance);
    }
}
