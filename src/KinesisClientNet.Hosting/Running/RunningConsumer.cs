using KinesisClientNet.Consumer;
using KinesisClientNet.Hosting.Processing;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Hosting.Running;

/// <summary>A consumer that runs with the host.</summary>
internal sealed class RunningConsumer(string name, IServiceProvider provider) : IDisposable
{
    private readonly HandlerFactory _processors = provider.GetRequiredKeyedService<HandlerFactory>(name);
    private readonly CancellationTokenSource _stopping = new();
    private Task _run = Task.CompletedTask;

    public string Name => name;

    public KinesisConsumer Consumer { get; } = provider.GetRequiredKeyedService<KinesisConsumer>(name);

    /// <summary>What ended it before it was asked to stop; null while it works.</summary>
    public Exception? Failure { get; private set; }

    public bool IsRunning => !_run.IsCompleted;

    public void Start(Action<string, Exception> failed) => _run = RunAsync(failed);

    /// <summary>Stops and waits. False when the time was over before; throws what ended the consumer early.</summary>
    public async Task<bool> StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await _run.WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(Action<string, Exception> failed)
    {
        try
        {
            await Consumer.RunAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Failure = error;
            failed(name, error);
            throw; // seen again by StopAsync
        }
        finally
        {
            await _processors.DisposeAsync().ConfigureAwait(false);
        }
    }
}
