using KinesisClientNet.Architecture.Tests.Metadata;
using KinesisClientNet.Architecture.Tests.Sources;

namespace KinesisClientNet.Architecture.Tests;

public sealed class SizeTests
{
    private const int LinesPerFile = 400;
    private const int LinesPerMethod = 40;
    private const int MethodHardLimit = 80;
    private const double ShareOfLongMethods = 0.02;
    private const int ParametersPerConstructor = 7;

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("samples")]
    [InlineData("benchmarks")]
    public void No_file_is_longer_than_400_lines(string folder)
    {
        var found = Repository.CSharpIn(folder).Select(file => (file, file.Lines.Length)).Where(pair => pair.Length > LinesPerFile);

        Assert.Empty(found);
    }

    [Fact]
    public void At_most_one_method_in_fifty_is_longer_than_a_screen()
    {
        var methods = ProductProject.All.SelectMany(project => MethodSizes.Read(Path.ChangeExtension(project.AssemblyPath, ".pdb"))).ToList();
        var tooLong = methods.Where(method => method.Lines > LinesPerMethod).OrderByDescending(method => method.Lines).ToList();

        Assert.NotEmpty(methods);
        Assert.True(
            tooLong.Count <= methods.Count * ShareOfLongMethods && tooLong.All(method => method.Lines <= MethodHardLimit),
            $"{tooLong.Count} of {methods.Count} methods have more than {LinesPerMethod} lines:\n{string.Join('\n', tooLong)}");
    }

    [Fact]
    public void No_constructor_takes_more_than_seven_parameters()
    {
        var found = ProductProject.All
            .SelectMany(project => project.Assembly.GetTypes())
            .Where(type => !type.Name.Contains('<', StringComparison.Ordinal) && !IsRecord(type))
            .SelectMany(type => type.GetConstructors(
                System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance))
            .Where(constructor => constructor.GetParameters().Length > ParametersPerConstructor)
            .Select(constructor => $"{constructor.DeclaringType}: {constructor.GetParameters().Length} parameters");

        Assert.Empty(found);
    }

    [Fact]
    public void No_type_is_split_over_files()
    {
        var found = Repository.CSharpIn("src")
            .SelectMany(file => Source.PartialTypes(file.Text).Select(type => (Key: $"{Path.GetDirectoryName(file.Path)}/{type}", file)))
            .GroupBy(pair => pair.Key)
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key} in {string.Join(", ", group.Select(pair => pair.file))}");

        Assert.Empty(found);
    }

    [Fact]
    public void Partial_is_for_source_generators_only()
    {
        string[] generators = ["[LoggerMessage", "[GeneratedRegex", "[JsonSerializable", "[OptionsValidator"];

        var found = Repository.CSharpIn("src")
            .Where(file => Source.PartialTypes(file.Text).Count > 0 && !generators.Any(generator => file.Text.Contains(generator, StringComparison.Ordinal)));

        Assert.Empty(found);
    }

    /// <summary>A record's constructor lists its members; only services are limited.</summary>
    private static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$") is not null || (type.IsValueType && type.GetMethod("PrintMembers", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance) is not null);
}
