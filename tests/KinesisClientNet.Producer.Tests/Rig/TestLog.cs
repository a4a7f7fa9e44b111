using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Producer.Tests.Rig;

/// <summary>Keeps what is logged.</summary>
internal sealed class TestLog : ILoggerFactory, ILogger
{
    private readonly List<LogLine> _lines = [];

    internal IReadOnlyList<LogLine> Lines
    {
        get
        {
            lock (_lines)
                return _lines.ToArray();
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
            _lines.Add(new LogLine(logLevel, eventId.Id, formatter(state, exception)));
    }

    public void Dispose()
    {
    }
}

/// <summary>A line of the log.</summary>
internal sealed record LogLine(LogLevel Level, int Id, string Text);
