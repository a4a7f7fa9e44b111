using System.Reflection;
using System.Text.RegularExpressions;
using KinesisClientNet.Architecture.Tests.Sources;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>Log events are an interface to the people who run this: unique, in their package's range, documented.</summary>
public sealed partial class LoggingTests
{
    private static readonly Dictionary<string, (int First, int Last)> Ranges = new()
    {
        ["Core"] = (1000, 1999), ["Producer"] = (2000, 2999), ["Consumer"] = (3000, 3999), ["Hosting"] = (4000, 4999),
        ["Local"] = (5000, 5499), ["Local.Server"] = (5500, 5999), ["Testing"] = (6000, 6999),
    };

    [Fact]
    public void Every_event_id_is_in_its_packages_range()
    {
        var found = Events().Where(e => e.Id < Ranges[e.Package].First || e.Id > Ranges[e.Package].Last);

        Assert.Empty(found);
    }

    [Fact]
    public void No_event_id_is_used_twice()
    {
        var found = Events().GroupBy(e => e.Id).Where(group => group.Count() > 1).Select(group => string.Join(", ", group));

        Assert.Empty(found);
    }

    [Fact]
    public void Every_event_carries_its_methods_name()
    {
        var found = Events().Where(e => e.EventName is not null && e.EventName != e.Method);

        Assert.Empty(found);
    }

    [Fact]
    public void Every_event_is_listed_in_the_documentation_with_its_id_name_and_level()
    {
        Assert.SkipUnless(Repository.Exists("docs/telemetry.md"), "docs/telemetry.md is not written yet.");
        var events = Events().ToList();

        var listed = DocumentedEvent().Matches(Repository.Read("docs/telemetry.md"))
            .Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value} {match.Groups[3].Value}").ToHashSet();

        Assert.Equal(events.Select(e => $"{e.Id} {e.Method} {e.Level}").Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_is_logged_past_the_generated_methods()
    {
        var found = Repository.CSharpIn("src").Where(file => PlainLogCall().IsMatch(file.Text));

        Assert.Empty(found);
    }

    private static IEnumerable<LogEvent> Events() =>
        from project in ProductProject.All
        from type in project.Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select new LogEvent(project.ShortName, attribute.EventId, method.Name, attribute.EventName, attribute.Level);

    /// <summary>A table row: | 2001 | RecordFailed | Warning | … |</summary>
    [GeneratedRegex(@"^\|\s*(\d{4})\s*\|\s*`?(\w+)`?\s*\|\s*(\w+)\s*\|", RegexOptions.Multiline)]
    private static partial Regex DocumentedEvent();

    [GeneratedRegex(@"\.Log(?:Trace|Debug|Information|Warning|Error|Critical)\(")]
    private static partial Regex PlainLogCall();

    private sealed record LogEvent(string Package, int Id, string Method, string? EventName, LogLevel Level);
}
