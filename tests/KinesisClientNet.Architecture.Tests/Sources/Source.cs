using System.Text.RegularExpressions;

namespace KinesisClientNet.Architecture.Tests.Sources;

/// <summary>Reads C# text as far as the rules need it.</summary>
internal static partial class Source
{
    public static IReadOnlyList<string> PartialTypes(string text) =>
        [.. PartialType().Matches(text).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^[^/""\n]*\bpartial\s+(?:class|struct|record|interface)(?:\s+(?:class|struct))?\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex PartialType();
}
