using System.Globalization;
using System.Reflection;
using System.Xml.Linq;
using KinesisClientNet.Architecture.Tests.Sources;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>What the documentation says is the default is the default.</summary>
public sealed class OptionDocumentationTests
{
    public static TheoryData<string> OptionTypes { get; } =
        [.. ProductProject.All.SelectMany(project => project.Assembly.GetExportedTypes()).Where(IsOptions).Select(type => type.AssemblyQualifiedName!)];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(OptionTypes))]
    public void Every_default_is_repeated_in_its_value_documentation(string typeName)
    {
        var type = Type.GetType(typeName, throwOnError: true)!;
        var documentation = Documentation(type.Assembly);
        var options = Activator.CreateInstance(type);
        var wrong = new List<string>();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            var text = documentation.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}");
            var accepted = OptionText.AcceptedFor(property.GetValue(options)).ToList();
            if (property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal))
                continue; // a nested area: its own members say their defaults
            if (text is null)
                wrong.Add($"{type.Name}.{property.Name} has no <value>.");
            else if (!accepted.Any(rendering => OptionText.Contains(text, rendering)))
                wrong.Add($"{type.Name}.{property.Name}: <value>{text}</value> names none of: {string.Join(" | ", accepted)}");
        }

        Assert.Empty(wrong);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(OptionTypes))]
    public void Sizes_end_in_Bytes_and_no_time_is_a_number(string typeName)
    {
        string[] units = ["Millis", "Milliseconds", "Seconds", "Minutes", "Ms", "Kb", "Mb"];

        var found = Type.GetType(typeName, throwOnError: true)!.GetProperties()
            .Where(property => units.Any(unit => property.Name.EndsWith(unit, StringComparison.Ordinal)))
            .Select(property => property.Name);

        Assert.Empty(found);
    }

    [Theory]
    [InlineData("Default: 10 s.", 10, true)]
    [InlineData("Default: 100 s.", 10, false)]
    [InlineData("00:00:10", 10, true)]
    public void A_rendering_must_stand_alone(string text, int seconds, bool found) =>
        Assert.Equal(found, OptionText.AcceptedFor(TimeSpan.FromSeconds(seconds)).Any(rendering => OptionText.Contains(text, rendering)));

    private static bool IsOptions(Type type) =>
        type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal) && type.GetConstructor([]) is not null;

    private static Dictionary<string, string> Documentation(Assembly assembly) =>
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml")).Descendants("member")
            .Where(member => member.Element("value") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => Text(member.Element("value")!));

    private static string Text(XElement value) => string.Concat(value.DescendantNodes().Select(node => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "paramref" } element => (element.Attribute("langword") ?? element.Attribute("cref") ?? element.Attribute("name"))?.Value ?? "",
        _ => "",
    })).ReplaceLineEndings(" ");
}
