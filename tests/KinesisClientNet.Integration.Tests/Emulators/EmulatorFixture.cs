namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>
/// One server for the whole assembly, started by the first test that asks for it. Tests isolate themselves by account, stream or table name.
/// </summary>
public abstract class EmulatorFixture : IAsyncDisposable
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);
    private readonly Lazy<Task<EmulatorProcess>> _process;

    protected EmulatorFixture() => _process = new(StartAsync);

    private protected abstract EmulatorCommand Command { get; }

    public async ValueTask DisposeAsync()
    {
        if (_process.IsValueCreated && _process.Value.IsCompletedSuccessfully)
            await (await _process.Value).DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The running server; the test is skipped, with the reason, where it cannot run.</summary>
    private protected async Task<EmulatorProcess> RunningAsync()
    {
        try
        {
            var process = await _process.Value.WaitAsync(TestContext.Current.CancellationToken);
            process.ThrowIfDead();
            EmulatorLogs.Watch(process);
            return process;
        }
        catch (ServerUnavailableException e)
        {
            Availability.Missing(Command.Name, e.Message);
            throw;
        }
    }

    private async Task<EmulatorProcess> StartAsync()
    {
        await NodePackages.InstalledAsync();
        return await EmulatorProcess.StartAsync(Command, ReadyTimeout, CancellationToken.None);
    }
}
