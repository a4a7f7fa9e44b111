using System.Text.RegularExpressions;
using KinesisClientNet.Architecture.Tests.Sources;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>
/// docs/stories.md says which test stands for which reliability story. A test carries its stories as <c>[Trait("Story", "L4")]</c>; with the
/// environment variable KINESISCLIENTNET_WRITE_STORIES=1 the page's last column is written from these.
/// </summary>
public sealed partial class StoriesTests
{
    private const string Page = "docs/stories.md";

    private static readonly string[] Stories =
    [
        "L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L10", "D1", "D2", "D3", "D4", "D5", "S1", "S2", "S3", "S4", "S5", "S6", "T1", "T2", "T3", "T4",
        "M1", "M2", "M3", "M4", "C1", "C2", "C3", "C4", "B1", "E1", "E2", "E3", "E4", "E5", "E6", "R1", "R2", "R3", "R4", "R5", "I1", "H1", "H2", "H3",
        "K1", "K2", "K3", "G1", "A1",
    ];

    private static readonly ILookup<string, string> Tests = Traits().ToLookup(static trait => trait.Story, static trait => trait.Test, StringComparer.Ordinal);

    public static TheoryData<string> Ids { get; } = [.. Stories];

    [Fact]
    public void Every_story_has_one_row()
    {
        if (Environment.GetEnvironmentVariable("KINESISCLIENTNET_WRITE_STORIES") == "1")
            Write();

        Assert.Equal(Stories.Order(StringComparer.Ordinal), Rows().Select(static row => row.Story).Order(StringComparer.Ordinal));
    }

    /// <summary>A story has tests, or a reason why it has none.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_test_that_a_story_names_exists_and_carries_its_id(string story)
    {
        var proof = Rows().Single(row => row.Story == story).Proof;
        var named = TestName().Matches(proof).Select(static match => match.Groups[1].Value).ToList();

        Assert.True(named.Count > 0 || proof.StartsWith("none: ", StringComparison.Ordinal), $"{Page} has neither a test nor a reason for {story}.");
        Assert.Empty(named.Except(Tests[story], StringComparer.Ordinal));
    }

    [Fact]
    public void Every_trait_names_a_story_that_exists() =>
        Assert.Empty(Tests.Select(static group => group.Key).Except(Stories, StringComparer.Ordinal));

    private static void Write()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, Page));
        for (var i = 0; i < lines.Length; i++)
        {
            if (Row().Match(lines[i]) is { Success: true } row && Tests[row.Groups[1].Value].Any())
                lines[i] = $"| {row.Groups[1].Value} | {row.Groups[2].Value} | {string.Join(", ", Tests[row.Groups[1].Value].Order(StringComparer.Ordinal).Select(static test => $"`{test}`"))} |";
        }

        File.WriteAllLines(Path.Combine(Repository.Root, Page), lines);
    }

    private static List<(string Story, string Proof)> Rows() =>
        [.. Row().Matches(Repository.Read(Page)).Select(static match => (match.Groups[1].Value, match.Groups[3].Value.Trim()))];

    private static IEnumerable<(string Story, string Test)> Traits()
    {
        foreach (var file in Repository.CSharpIn("tests"))
        {
            var project = file.Path.Split('/')[1].Replace("KinesisClientNet.", "", StringComparison.Ordinal);
            foreach (Match trait in TraitOfClass().Matches(file.Text))
            {
                foreach (Match method in TestMethod().Matches(file.Text))
                    yield return (trait.Groups[1].Value, $"{project}/{file.Name}.{method.Groups["method"].Value}");
            }

            foreach (Match method in TraitsOfMethod().Matches(file.Text))
            {
                foreach (Match trait in StoryTrait().Matches(method.Value))
                    yield return (trait.Groups[1].Value, $"{project}/{file.Name}.{method.Groups["method"].Value}");
            }
        }
    }

    [GeneratedRegex(@"^\| ([A-Z]\d+) \| (.*?) \| (.*?) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`([\w.]+/[\w.]+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\[Trait\(""Story"", ""(\w+)""\)\]")]
    private static partial Regex StoryTrait();

    [GeneratedRegex(@"^\[Trait\(""Story"", ""(\w+)""\)\]", RegexOptions.Multiline)]
    private static partial Regex TraitOfClass();

    [GeneratedRegex(@"^[ \t]*\[(?:Fact|Theory)[^\n]*\r?\n(?:^[ \t]*\[[^\n]*\r?\n)*^[ \t]*public [\w<>\[\], ]+ (?<method>\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TestMethod();

    /// <summary>Attributes of which one is a story, and the name of the method below them.</summary>
    [GeneratedRegex(@"(?:^[ \t]*\[[^\n]*\r?\n)*^[ \t]*\[Trait\(""Story""[^\n]*\r?\n(?:^[ \t]*\[[^\n]*\r?\n)*^[ \t]*public [\w<>\[\], ]+ (?<method>\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TraitsOfMethod();
}
