using System.Globalization;
using KinesisClientNet.Local.Server.Wire;

namespace KinesisClientNet.Local.Server.Shapes;

/// <summary>
/// Refuses a request whose values break the model's constraints, in the service's words: how many are broken, and up to ten of them with
/// value, path and constraint (kinesis-service reference §2.3, step 10).
/// </summary>
internal sealed class ConstraintCheck
{
    private const int MostListed = 10;

    private readonly List<string> _violations = [];

    private ConstraintCheck()
    {
    }

    public static void Check(IReadOnlyList<MemberRule> rules, WireValue structure)
    {
        var check = new ConstraintCheck();
        check.Members(rules, structure, "");
        if (check._violations.Count == 0)
            return;
        var count = check._violations.Count;
        throw FrontRefusal.Validation(string.Create(CultureInfo.InvariantCulture,
            $"{count} validation error{(count == 1 ? "" : "s")} detected: {string.Join("; ", check._violations.Take(MostListed))}"));
    }

    private void Members(IReadOnlyList<MemberRule> rules, WireValue structure, string path)
    {
        foreach (var rule in rules)
        {
            var memberPath = path + LowerCamel(rule.Name);
            if (structure.Members.TryGetValue(rule.Name, out var value) && value.Kind != WireKind.Null)
                Value(rule, value, memberPath);
            else if (rule.IsRequired)
                Value(rule, WireValue.Null, memberPath);
        }
    }

    private void Value(MemberRule rule, WireValue value, string path)
    {
        if (value.Kind == WireKind.Null)
        {
            _violations.Add($"Value null at '{path}' failed to satisfy constraint: Member must not be null");
            return;
        }

        switch (rule.Kind)
        {
            case MemberKind.Text:
                Length(rule, value, value.Text.EnumerateRunes().Count(), path);
                if (rule.Pattern is { } pattern && !pattern.Matches(value.Text))
                    Violated(value, path, $"Member must satisfy regular expression pattern: {pattern.Text}");
                if (rule.Values.Count > 0 && !rule.Values.Contains(value.Text))
                    Violated(value, path, $"Member must satisfy enum value set: [{string.Join(", ", rule.Values)}]");
                break;
            case MemberKind.Integer:
                if (value.Number < rule.Least)
                    Violated(value, path, $"Member must have value greater than or equal to {rule.Least}");
                if (value.Number > rule.Most)
                    Violated(value, path, $"Member must have value less than or equal to {rule.Most}");
                break;
            case MemberKind.Blob:
                Length(rule, value, value.Bytes.Length, path);
                break;
            case MemberKind.List:
                Length(rule, value, value.Items.Count, path);
                for (var i = 0; i < value.Items.Count; i++)
                    Value(rule.Element!, value.Items[i], $"{path}.{i + 1}.member");
                break;
            case MemberKind.TextMap:
                Length(rule, value, value.Members.Count, path);
                break;
            case MemberKind.Structure:
                Members(rule.Members, value, path + ".");
                break;
        }
    }

    private void Length(MemberRule rule, WireValue value, int length, string path)
    {
        if (length < rule.Least)
            Violated(value, path, $"Member must have length greater than or equal to {rule.Least}");
        if (length > rule.Most)
            Violated(value, path, $"Member must have length less than or equal to {rule.Most}");
    }

    private void Violated(WireValue value, string path, string constraint) =>
        _violations.Add($"Value '{Shown(value)}' at '{path}' failed to satisfy constraint: {constraint}");

    /// <summary>Payloads are named by their size only.</summary>
    private static string Shown(WireValue value) => value.Kind switch
    {
        _ when !value.Bytes.IsEmpty => string.Create(CultureInfo.InvariantCulture, $"java.nio.HeapByteBuffer[pos=0 lim={value.Bytes.Length} cap={value.Bytes.Length}]"),
        WireKind.Text => value.Text,
        WireKind.Number => value.Number.ToString("R", CultureInfo.InvariantCulture),
        WireKind.List => value.Items.Count == 0 ? "[]" : string.Create(CultureInfo.InvariantCulture, $"[{value.Items.Count} members]"),
        WireKind.Map => string.Create(CultureInfo.InvariantCulture, $"{{{value.Members.Count} entries}}"),
        _ => "",
    };

    private static string LowerCamel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}
