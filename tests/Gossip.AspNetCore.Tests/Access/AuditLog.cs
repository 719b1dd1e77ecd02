using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>What was logged, by category: who is told what of a secret, and what the audit says, are features.</summary>
internal sealed class AuditLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, string Text)> _lines = new();

    public IEnumerable<string> Audit => _lines.Where(line => line.Category == "Gossip.Audit").Select(line => line.Text);

    public IEnumerable<string> All => _lines.Select(line => line.Text);

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<(string, string)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((category, formatter(state, exception)));
    }
}
