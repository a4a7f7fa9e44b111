using System.Text.RegularExpressions;
using KinesisClientNet.Architecture.Tests.Sources;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>Documents that claim something about the code are held against it.</summary>
public sealed partial class DocumentationTests
{
    private static readonly Regex Spaces = new(@"\s+");

    public static TheoryData<string> Documents { get; } =
        [.. Repository.Files.Select(file => file.Path)
            .Where(path => path.EndsWith(".md", StringComparison.Ordinal))
            .Where(path => !path.Contains('/', StringComparison.Ordinal) || path.StartsWith("docs/", StringComparison.Ordinal) || path.StartsWith("samples/", StringComparison.Ordinal) || path.StartsWith("src/", StringComparison.Ordinal))];

    [Fact]
    public void The_architecture_page_lists_every_folder_of_src()
    {
        var listed = TreeOf("docs/architecture.md");

        var missing = Repository.CSharpIn("src")
            .Select(file => file.Path.Split('/'))
            .Where(parts => parts.Length >= 4 && parts[2] != "Properties")
            .Select(parts => $"{parts[1]}/{parts[2]}")
            .Distinct()
            .Where(folder => !listed.Contains(folder));

        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_to_a_file_leads_somewhere(string document)
    {
        var folder = Path.GetDirectoryName(document)!;

        var broken = Link().Matches(Repository.Read(document))
            .Select(match => match.Groups[1].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith('#') && !target.StartsWith("mailto:", StringComparison.Ordinal))
            .Where(target => !Repository.Exists(Path.Combine(folder, target.Split('#')[0])));

        Assert.Empty(broken);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_code_block_is_compiled_in_a_sample(string document)
    {
        var samples = Repository.CSharpIn("samples").Select(file => Squeeze(file.Text)).ToList();

        var unknown = CodeBlock().Matches(Repository.Read(document))
            .Select(match => match.Groups[1].Value)
            .Where(block => !samples.Any(sample => ParagraphsOf(block).All(paragraph => sample.Contains(paragraph, StringComparison.Ordinal))));

        Assert.Empty(unknown);
    }

    [Fact]
    public void The_commands_of_the_front_page_name_projects_that_exist()
    {
        Assert.SkipUnless(Repository.Exists("README.md"), "README.md is not written yet.");

        var missing = Project().Matches(Repository.Read("README.md")).Select(match => match.Groups[1].Value).Where(path => !Repository.Exists(path));

        Assert.Empty(missing);
    }

    /// <summary>A block that is a whole program stands in a sample as usings, statements in a method, and types: paragraph by paragraph in one file.</summary>
    private static IEnumerable<string> ParagraphsOf(string block) =>
        block.ReplaceLineEndings("\n").Split("\n\n").Select(Squeeze).Where(paragraph => paragraph.Length > 0);

    /// <summary>Indentation is the sample's own business.</summary>
    private static string Squeeze(string code) => Spaces.Replace(code, " ").Trim();

    private static HashSet<string> TreeOf(string document)
    {
        var tree = TreeBlock().Match(Repository.Read(document)).Groups[1].Value;
        var folders = new HashSet<string>();
        var package = "";
        foreach (Match line in TreeLine().Matches(tree))
        {
            if (line.Groups[1].Length == 2)
                package = line.Groups[2].Value;
            else
                folders.Add($"{package}/{line.Groups[2].Value}");
        }

        return folders;
    }

    [GeneratedRegex(@"```\r?\nsrc/\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex TreeBlock();

    [GeneratedRegex(@"^( {2,4})([\w.]+)/", RegexOptions.Multiline)]
    private static partial Regex TreeLine();

    [GeneratedRegex(@"(?<!`)\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"```(?:csharp|cs|c#)\r?\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"--project\s+(\S+)")]
    private static partial Regex Project();
}
