using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>Keeps what is logged.</summary>
public sealed class LogCapture : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>The entries of an event at warning or above.</summary>
    public int CountOf(int id) => _entries.Count(entry => entry.Id == id);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _entries.Enqueue(new(logLevel, eventId.Id, formatter(state, exception), exception));

    public void Dispose()
    {
    }

    public sealed record LogEntry(LogLevel Level, int Id, string Text, Exception? Error);
}
