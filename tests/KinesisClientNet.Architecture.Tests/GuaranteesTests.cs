using System.Text.RegularExpressions;
using KinesisClientNet.Architecture.Tests.Sources;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>docs/guarantees.md promises nothing without a test that shows it.</summary>
public sealed partial class GuaranteesTests
{
    private static readonly string Page = Repository.Read("docs/guarantees.md");

    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        var tests = Repository.CSharpIn("tests").ToLookup(file => file.Name);

        var missing = TestName().Matches(Page)
            .Select(match => (Class: match.Groups[1].Value, Method: match.Groups[2].Value))
            .Where(name => !tests[name.Class].Any(file => name.Method.Length == 0 || Regex.IsMatch(file.Text, $@"\bpublic (?:async )?(?:void|Task|ValueTask) {name.Method}\(")))
            .Select(name => $"{name.Class}.{name.Method}");

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_line_of_a_table_names_a_test()
    {
        var lines = RowsThatAreShown().ToList();

        Assert.True(lines.Count > 30, $"{lines.Count} lines");
        Assert.DoesNotContain(lines, line => !TestName().IsMatch(line.Split('|')[^2]));
    }

    /// <summary>The rows of the tables whose last column is headed "shown by".</summary>
    private static IEnumerable<string> RowsThatAreShown()
    {
        var isShown = false;
        var previous = "";
        foreach (var line in Page.ReplaceLineEndings("\n").Split('\n'))
        {
            if (!line.StartsWith('|'))
                isShown = false;
            else if (line.StartsWith("|---", StringComparison.Ordinal))
                isShown = previous.TrimEnd().EndsWith("| shown by |", StringComparison.Ordinal);
            else if (isShown)
                yield return line;
            previous = line;
        }
    }

    /// <summary>`SomeTests.What_it_shows`, or `SomeTests` when every test of the class shows it.</summary>
    [GeneratedRegex(@"`(\w+Tests)(?:\.(\w+))?`")]
    private static partial Regex TestName();
}
