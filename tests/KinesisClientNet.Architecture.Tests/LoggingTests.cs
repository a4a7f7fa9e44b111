using System.Reflection;
using System.Text.RegularExpressions;
using KinesisClientNet.Architecture.Tests.Sources;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>Log events are an interface to the people who run this: unique, in their package's range, documented.</summary>
public sealed partial class LoggingTests
{
    private const string Telemetry = "docs/telemetry.md";
    private const string TableStart = "<!-- events: written by LoggingTests -->";
    private const string TableEnd = "<!-- end of events -->";

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

    /// <summary>The table is written by this test: KINESISCLIENTNET_UPDATE=1 writes it anew.</summary>
    [Fact]
    public void Every_event_is_listed_in_the_documentation_with_its_id_name_level_and_text()
    {
        var text = Repository.Read(Telemetry);
        var from = text.IndexOf(TableStart, StringComparison.Ordinal) + TableStart.Length;
        var to = text.IndexOf(TableEnd, StringComparison.Ordinal);
        var table = "\n" + string.Concat(Events().OrderBy(e => e.Id).Select(e => $"| {e.Id} | `{e.Method}` | {e.Level} | {e.Text.Replace("|", "\\|", StringComparison.Ordinal)} |\n"));

        if (Environment.GetEnvironmentVariable("KINESISCLIENTNET_UPDATE") == "1")
            File.WriteAllText(Path.Combine(Repository.Root, Telemetry), $"{text[..from]}{table}{text[to..]}");
        else
            Assert.True(text[from..to].ReplaceLineEndings("\n") == table, $"The events of {Telemetry} are not those of the code: run this test with KINESISCLIENTNET_UPDATE=1 and commit the file.\n{table}");
    }

    /// <summary>| 3002 | `ReadingFails` | what it means | what to do |</summary>
    [Fact]
    public void Every_warning_and_error_has_an_entry_in_the_troubleshooting_page()
    {
        var entries = TroubleEntry().Matches(Repository.Read("docs/troubleshooting.md")).Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value}").ToList();
        var wanted = Events().Where(e => e.Level >= LogLevel.Warning).Select(e => $"{e.Id} {e.Method}").ToList();

        Assert.Empty(wanted.Except(entries).Select(name => $"{name} has no row in docs/troubleshooting.md: | id | `name` | what it means | what to do |"));
        Assert.Empty(entries.Except(wanted).Select(name => $"{name} of docs/troubleshooting.md is no warning or error of the code"));
        Assert.Equal(entries.Count, entries.Distinct().Count());
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
        select new LogEvent(project.ShortName, attribute.EventId, method.Name, attribute.EventName, attribute.Level, attribute.Message);

    [GeneratedRegex(@"^\| (\d{4}) \| `(\w+)` \| [^|]{10,} \| [^|]{5,} \|\r?$", RegexOptions.Multiline)]
    private static partial Regex TroubleEntry();

    [GeneratedRegex(@"\.Log(?:Trace|Debug|Information|Warning|Error|Critical)\(")]
    private static partial Regex PlainLogCall();

    private sealed record LogEvent(string Package, int Id, string Method, string? EventName, LogLevel Level, string Text);
}
