using KinesisClientNet.Architecture.Tests.Sources;
using KinesisClientNet.Consumer;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>Names say what a thing does to a record or keeps; the words below say nothing.</summary>
public sealed class NamingTests
{
    private static readonly string[] EmptyWords =
        ["Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Base", "Impl", "Info", "Data", "Processor", "Internal", "Models", "Interfaces"];

    /// <summary>Registrations stand where users look for them: in the container's own namespace, as all of .NET's do.</summary>
    private const string ContainersNamespace = "namespace Microsoft.Extensions.DependencyInjection;";

    [Fact]
    public void No_type_is_named_by_a_word_that_says_nothing()
    {
        var found = ProductProject.All
            .SelectMany(project => project.Assembly.GetTypes())
            .Where(type => !type.Name.Contains('<', StringComparison.Ordinal) && type.Namespace?.StartsWith("KinesisClientNet", StringComparison.Ordinal) == true)
            .Where(type => !type.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute), inherit: false))
            .Where(type => EmptyWords.Any(word => HasWord(type.Name.Split('`')[0], word)))
            .Where(type => !typeof(IShardProcessor).IsAssignableFrom(type)) // the seam that keeps the word its users look for, and what implements it
            .Select(type => type.FullName);

        Assert.Empty(found);
    }

    [Fact]
    public void No_folder_is_named_by_a_word_that_says_nothing()
    {
        var found = Repository.CSharpIn("src")
            .SelectMany(file => file.Path.Split('/')[2..^1])
            .Distinct()
            .Where(folder => EmptyWords.Contains(folder));

        Assert.Empty(found);
    }

    [Fact]
    public void A_files_namespace_is_its_folder()
    {
        var found = Repository.CSharpIn("src")
            .Where(file => !file.Path.Contains("/Properties/", StringComparison.Ordinal))
            .Select(file => (file, Declared: file.Lines.FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))))
            .Where(pair => pair.Declared is not null)
            .Where(pair => pair.Declared != $"namespace {string.Join('.', pair.file.Path.Split('/')[1..^1])};")
            .Where(pair => !(pair.file.Path.StartsWith("src/KinesisClientNet.Hosting/", StringComparison.Ordinal) && pair.Declared == ContainersNamespace))
            .Select(pair => $"{pair.file}: {pair.Declared}");

        Assert.Empty(found);
    }

    [Fact]
    public void A_public_type_stands_in_a_file_of_its_own_name_or_beside_one()
    {
        var names = Repository.CSharpIn("src").ToLookup(file => string.Join('.', file.Path.Split('/')[1..^1]));
        var found = ProductProject.All
            .SelectMany(project => project.Assembly.GetExportedTypes())
            .Where(type => !type.IsNested && $"namespace {type.Namespace};" != ContainersNamespace)
            .Where(type => !names[type.Namespace!].Any(file => DeclaresInOwnOrCompanionFile(file, type.Name.Split('`')[0])))
            .Select(type => type.FullName);

        Assert.Empty(found);
    }

    /// <summary>Shapes of one operation may share a file (GetRecordsRequest, GetRecordsPage): the file's name is then part of the type's.</summary>
    private static bool DeclaresInOwnOrCompanionFile(SourceFile file, string type) =>
        file.Name == type || System.Text.RegularExpressions.Regex.IsMatch(file.Text, $@"\b(class|struct|record|interface|enum)\s+{type}\b");

    private static bool HasWord(string name, string word)
    {
        var at = name.IndexOf(word, StringComparison.Ordinal);
        return at >= 0
            && (at + word.Length == name.Length || !char.IsLower(name[at + word.Length]))
            && (word != "Data" || at + word.Length == name.Length) // 'DataLength' is about data; 'FooData' says nothing
            && (word != "Base" || at + word.Length == name.Length)
            && (word != "Internal" || at == 0);
    }
}
