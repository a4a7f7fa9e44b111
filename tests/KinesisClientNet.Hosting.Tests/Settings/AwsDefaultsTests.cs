using Amazon;
using Amazon.Extensions.NETCore.Setup;
using Amazon.Runtime;
using KinesisClientNet.Consumer;
using KinesisClientNet.Producer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Tests.Settings;

/// <summary>Issue 8: the application's AWSOptions, and plain credentials.</summary>
public sealed class AwsDefaultsTests
{
    private static readonly BasicAWSCredentials OfTheApplication = new("AKIDAPP", "secret");
    private static readonly BasicAWSCredentials OfTheStream = new("AKIDSTREAM", "secret");

    [Fact]
    public void What_a_connection_does_not_say_comes_from_the_applications_AWSOptions()
    {
        using var provider = Services().AddDefaultAWSOptions(Defaults()).BuildServiceProvider();

        var producer = provider.GetRequiredService<IOptionsMonitor<KinesisProducerOptions>>().Get("orders").Connection;
        var consumer = provider.GetRequiredService<IOptionsMonitor<KinesisConsumerOptions>>().Get("orders").Connection;

        Assert.All([producer, consumer], connection => Assert.Equal(
            ("eu-central-1", "team", (AWSCredentials)OfTheApplication), (connection.Region, connection.Profile, connection.Credentials)));
    }

    [Fact]
    public void Plain_credentials_and_a_region_of_the_connection_itself_come_first()
    {
        using var provider = Services()
            .AddDefaultAWSOptions(Defaults())
            .Configure<KinesisProducerOptions>("orders", options => (options.Connection.Region, options.Connection.Credentials) = ("eu-west-1", OfTheStream))
            .BuildServiceProvider();

        var connection = provider.GetRequiredService<IOptionsMonitor<KinesisProducerOptions>>().Get("orders").Connection;

        Assert.Equal(("eu-west-1", (AWSCredentials)OfTheStream), (connection.Region, connection.Credentials));
    }

    [Fact]
    public void Without_AWSOptions_nothing_is_filled_in()
    {
        using var provider = Services().BuildServiceProvider();

        var connection = provider.GetRequiredService<IOptionsMonitor<KinesisConsumerOptions>>().Get("orders").Connection;

        Assert.Equal((null, null, null), (connection.Region, connection.Profile, connection.Credentials));
    }

    private static AWSOptions Defaults() => new() { Region = RegionEndpoint.EUCentral1, Profile = "team", Credentials = OfTheApplication };

    private static ServiceCollection Services()
    {
        var services = new ServiceCollection();
        services.AddKinesisProducer("orders", options => options.StreamName = "orders");
        services.AddKinesisConsumer("orders", options => HostRig.Quick(options));
        return services;
    }
}
