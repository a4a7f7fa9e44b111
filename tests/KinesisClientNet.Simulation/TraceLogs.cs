using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Simulation;

/// <summary>Writes what the workers log into the trace, for a replay that shall say why.</summary>
internal sealed class TraceLogs(Trace trace) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The trace is the only place for these logs.");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        trace.Add($"log {logLevel} {eventId.Name} {formatter(state, exception)}{(exception is null ? "" : $" [{exception.GetType().Name}: {exception.Message}]")}");

    public void Dispose()
    {
        // Nothing is held.
    }
}
