using System.Globalization;
using System.Text.RegularExpressions;
using KinesisClientNet.Architecture.Tests.Metadata;
using KinesisClientNet.Architecture.Tests.Sources;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>
/// Measures the code by the criteria of docs/architecture.md and prints the figures:
/// dotnet run --project tests/KinesisClientNet.Architecture.Tests -- --filter-class '*CriteriaTests' --show-live-output on.
/// </summary>
public sealed partial class CriteriaTests(ITestOutputHelper output)
{
    private static readonly IReadOnlyList<SourceFile> Product = Repository.CSharpIn("src");

    private static readonly string Code = string.Join('\n', Product.Select(file => DocumentationLine().Replace(file.Text, "")));

    [Fact]
    public void Files_are_small()
    {
        var lines = Product.Select(file => file.Lines.Length).Order().ToArray();
        var (median, p95, max) = (lines[lines.Length / 2], lines[(int)(0.95 * lines.Length) - 1], lines[^1]);

        Print(2, $"{lines.Length} files, {lines.Sum()} lines, median {median}, p95 {p95}, max {max}");

        Assert.InRange(median, 20, 65);
        Assert.InRange(p95, 1, 220);
        Assert.InRange(max, 1, 400);
    }

    [Fact]
    public void Methods_and_constructors_are_small()
    {
        var methods = ProductProject.All.SelectMany(project => MethodSizes.Read(Path.ChangeExtension(project.AssemblyPath, ".pdb"))).ToList();
        var tooLong = methods.Count(method => method.Lines > 40);

        Print(3, $"{tooLong} of {methods.Count} methods above 40 lines ({100.0 * tooLong / methods.Count:0.0} %); partial splits and constructors: SizeTests");

        Assert.True(tooLong <= methods.Count * 0.02);
    }

    [Fact]
    public void Interfaces_are_few()
    {
        var interfaces = Interface().Count(Code);
        var types = ClassRecordOrStruct().Count(Code);

        Print(4, $"{interfaces} interfaces beside {types} classes, records and structs: {100.0 * interfaces / types:0.0} per 100");

        Assert.True(interfaces <= types * 0.1);
    }

    [Fact]
    public void Public_types_are_counted()
    {
        Print(6, $"{string.Join(", ", ProductProject.All.Select(project => $"{project.ShortName} {project.Assembly.GetExportedTypes().Count(type => !type.IsNested)}"))}");

        Assert.All(ProductProject.All, project => Assert.NotEmpty(project.Assembly.GetExportedTypes()));
    }

    [Fact]
    public void Nothing_reads_the_clock_or_draws_chance_by_itself()
    {
        var tests = string.Join('\n', Repository.CSharpIn("tests").Select(file => file.Text));

        Print(8, $"{Clock().Count(Code)} direct clock reads, {Chance().Count(Code)} direct draws in src; {Sleep().Count(tests)} Thread.Sleep in tests");

        Assert.Equal(0, Clock().Count(Code));
        Assert.Equal(0, Chance().Count(Code));
        Assert.Equal(0, Sleep().Count(tests));
    }

    [Fact]
    public void No_exception_is_swallowed_without_a_word()
    {
        var silent = Product.Where(file => SilentCatch().IsMatch(file.Text)).Select(file => file.Path).ToList();

        Print(9, $"{silent.Count} catch blocks without a statement and without a comment");

        Assert.Empty(silent);
    }

    [Fact]
    public void Every_log_call_is_generated()
    {
        Print(11, $"{GeneratedLog().Count(Code)} generated log methods, {PlainLog().Count(Code)} plain calls");

        Assert.Equal(0, PlainLog().Count(Code));
    }

    [Fact]
    public void Exception_types_are_few()
    {
        var types = ProductProject.All.SelectMany(project => project.Assembly.GetExportedTypes()).Count(type => typeof(Exception).IsAssignableFrom(type));

        Print(13, $"{types} public exception types");

        Assert.InRange(types, 1, 5);
    }

    [Fact]
    public void Tests_are_about_as_long_as_the_code()
    {
        var ratio = (double)Repository.CSharpIn("tests").Sum(file => file.Lines.Length) / Product.Sum(file => file.Lines.Length);

        Print(14, $"test lines / src lines = {ratio:0.00}");

        Assert.InRange(ratio, 0.8, 2);
    }

    private void Print(int criterion, FormattableString text) => output.WriteLine($"criterion {criterion}: {text.ToString(CultureInfo.InvariantCulture)}");

    [GeneratedRegex(@"^\s*///.*$", RegexOptions.Multiline)]
    private static partial Regex DocumentationLine();

    [GeneratedRegex(@"\binterface\s+I[A-Z]")]
    private static partial Regex Interface();

    [GeneratedRegex(@"\b(?:class|record|struct)\s+[A-Z]")]
    private static partial Regex ClassRecordOrStruct();

    [GeneratedRegex(@"\b(?:DateTime|DateTimeOffset)\.(?:Utc)?Now\b|Environment\.TickCount|Stopwatch\.(?:StartNew|GetTimestamp)")]
    private static partial Regex Clock();

    [GeneratedRegex(@"Random\.Shared|new Random\(\)|Guid\.NewGuid")]
    private static partial Regex Chance();

    [GeneratedRegex(@"Thread\.Sleep\s*\((?!\\)")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"catch\s*(?:\([^)]*\))?\s*(?:when\s*\([^{]*\))?\s*\{\s*\}")]
    private static partial Regex SilentCatch();

    [GeneratedRegex(@"\[LoggerMessage")]
    private static partial Regex GeneratedLog();

    [GeneratedRegex(@"\.Log(?:Trace|Debug|Information|Warning|Error|Critical)\(")]
    private static partial Regex PlainLog();
}
