using Testcontainers.LocalStack;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>LocalStack in a container, used only where a Docker engine answers. Started by the first test that asks for it.</summary>
public sealed class LocalStackFixture : IAsyncDisposable
{
    private const string Image = "localstack/localstack:4.9";
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(3);
    private readonly Lazy<Task<LocalStackContainer>> _container = new(StartAsync);

    /// <summary>Starts it, or skips the test with the reason.</summary>
    public async Task<Uri> EndpointAsync()
    {
        try
        {
            return new Uri((await _container.Value.WaitAsync(TestContext.Current.CancellationToken)).GetConnectionString());
        }
        catch (ServerUnavailableException e)
        {
            Availability.Missing("LocalStack", e.Message);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_container.IsValueCreated && _container.Value.IsCompletedSuccessfully)
            await (await _container.Value).DisposeAsync();
    }

    private static async Task<LocalStackContainer> StartAsync()
    {
        if (await DockerEngine.ProblemAsync(Environment.GetEnvironmentVariable("DOCKER_HOST")) is { } problem)
            throw new ServerUnavailableException(problem);
        var container = new LocalStackBuilder(Image).WithEnvironment("SERVICES", "kinesis,dynamodb").Build();
        using var timeout = new CancellationTokenSource(StartTimeout);
        try
        {
            await container.StartAsync(timeout.Token);
            return container;
        }
        catch (Exception e)
        {
            // Whatever stops the container (no network for the image, no rights on the engine) is the machine's, not the test's.
            await container.DisposeAsync();
            throw new ServerUnavailableException($"the container {Image} did not start: {e.Message}");
        }
    }
}
