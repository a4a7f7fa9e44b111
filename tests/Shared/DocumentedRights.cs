using System.Text.RegularExpressions;

namespace KinesisClientNet.Tests.Shared;

/// <summary>The policy statements and the table's schema as the lease table's page shows them, for CloudFormation and for Terraform.</summary>
internal sealed partial class DocumentedRights
{
    private readonly string _page;

    private DocumentedRights(string page) => _page = page;

    /// <summary>Statement to actions, as CloudFormation has them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> CloudFormation => Statements(CloudFormationStatement());

    /// <summary>Statement to actions, as Terraform has them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Terraform => Statements(TerraformStatement());

    /// <summary>The schema in CloudFormation, one fact a line.</summary>
    public IReadOnlyList<string> CloudFormationSchema => Facts(
        Between("LeaseTable:\n  Type: AWS::DynamoDB::Table", "```"),
        "BillingMode: (?<billing>\\w+)|AttributeName: (?<attribute>\\w+), AttributeType: (?<type>\\w)|AttributeName: (?<key>\\w+), KeyType: (?<role>\\w+)|IndexName: (?<index>\\w+)|ProjectionType: (?<projection>\\w+)");

    /// <summary>The schema in Terraform, one fact a line.</summary>
    public IReadOnlyList<string> TerraformSchema => Facts(
        Between("resource \"aws_dynamodb_table\"", "```"),
        "billing_mode += \"(?<billing>\\w+)\"|attribute \\{\\s+name = \"(?<attribute>\\w+)\"\\s+type = \"(?<type>\\w)\"|(?<role>hash|range)_key += \"(?<key>\\w+)\"|name += \"(?<index>LeaseOwner\\w+)\"|projection_type += \"(?<projection>\\w+)\"");

    /// <summary>Reads the page.</summary>
    /// <param name="root">The checkout.</param>
    public static DocumentedRights Read(string root) => new(File.ReadAllText(Path.Combine(root, "docs", "lease-table.md")).ReplaceLineEndings("\n"));

    /// <summary>One fact of a schema, as both pages and a request are reduced to.</summary>
    public static string Key(string attribute, string role) => $"key {attribute} {role.ToUpperInvariant()}";

    private string Between(string start, string end)
    {
        var from = _page.IndexOf(start, StringComparison.Ordinal);
        Assert.True(from >= 0, $"The page lacks '{start}'.");
        return _page[from.._page.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static List<string> Facts(string snippet, string pattern) =>
    [
        .. Regex.Matches(snippet, pattern).Select(match => match.Groups switch
        {
            var found when found["billing"].Success => $"billing {found["billing"].Value}",
            var found when found["attribute"].Success => $"attribute {found["attribute"].Value} {found["type"].Value}",
            var found when found["key"].Success => Key(found["key"].Value, found["role"].Value),
            var found when found["index"].Success => $"index {found["index"].Value}",
            var found => $"projection {found["projection"].Value}",
        }).Order(StringComparer.Ordinal),
    ];

    private Dictionary<string, IReadOnlyList<string>> Statements(Regex statement) => statement.Matches(_page).ToDictionary(
        match => match.Groups["sid"].Value,
        match => (IReadOnlyList<string>)[.. Action().Matches(match.Groups["actions"].Value).Select(action => action.Groups[1].Value).Order(StringComparer.Ordinal)],
        StringComparer.Ordinal);

    [GeneratedRegex("- Sid: (?<sid>\\w+)\\s+Effect: Allow\\s+Action: \\[(?<actions>[^\\]]+)\\]")]
    private static partial Regex CloudFormationStatement();

    [GeneratedRegex("sid += \"(?<sid>\\w+)\"\\s+actions += \\[(?<actions>[^\\]]+)\\]")]
    private static partial Regex TerraformStatement();

    [GeneratedRegex("\"(\\w+:\\w+)\"")]
    private static partial Regex Action();
}
