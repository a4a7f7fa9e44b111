using System.Buffers.Text;
using System.Text;
using KinesisClientNet.Local.Server.Wire;

namespace KinesisClientNet.Local.Server.Shapes;

/// <summary>
/// Refuses a request whose values have the wrong type, before any constraint is looked at (kinesis-service reference §2.3, step 9).
/// Unknown members and nulls are ignored. Base64 texts are decoded on the way.
/// </summary>
internal static class TypeCheck
{
    public static void Check(IReadOnlyList<MemberRule> rules, WireValue structure)
    {
        foreach (var rule in rules)
        {
            if (structure.Members.TryGetValue(rule.Name, out var value) && value.Kind != WireKind.Null)
                Check(rule, value);
        }
    }

    private static void Check(MemberRule rule, WireValue value)
    {
        Expect(rule.Kind switch
        {
            MemberKind.Text => value.Kind == WireKind.Text,
            MemberKind.Integer or MemberKind.Timestamp => value.Kind == WireKind.Number,
            MemberKind.Boolean => value.Kind == WireKind.Boolean,
            MemberKind.Blob => value.Kind == WireKind.Bytes || (value.Kind == WireKind.Text && TryDecode(value)),
            MemberKind.List => value.Kind == WireKind.List,
            _ => value.Kind == WireKind.Map,
        }, rule, value);

        switch (rule.Kind)
        {
            case MemberKind.Structure:
                Check(rule.Members, value);
                break;
            case MemberKind.List:
                foreach (var item in value.Items.Where(item => item.Kind != WireKind.Null))
                    Check(rule.Element!, item);
                break;
            case MemberKind.TextMap:
                foreach (var (_, text) in value.Members)
                    Expect(text.Kind is WireKind.Text or WireKind.Null, rule, text);
                break;
        }
    }

    private static void Expect(bool isRight, MemberRule rule, WireValue value)
    {
        if (isRight)
            return;
        var found = value.Kind switch
        {
            WireKind.Null => "NULL_VALUE",
            WireKind.Boolean => value.Boolean ? "TRUE_VALUE" : "FALSE_VALUE",
            WireKind.Number => "NUMBER_VALUE",
            WireKind.Text or WireKind.Bytes => "STRING_VALUE",
            WireKind.List => "Start of list",
            _ => "Start of structure or map",
        };
        var expected = rule.Kind switch
        {
            MemberKind.Text or MemberKind.TextMap => "String",
            MemberKind.Integer => "Integer",
            MemberKind.Boolean => "Boolean",
            MemberKind.Blob => "Blob (base64 of whole groups of four characters)",
            MemberKind.Timestamp => "Timestamp (epoch seconds)",
            MemberKind.List => "List",
            _ => "Structure",
        };
        throw FrontRefusal.Serialization($"{found} can not be converted to {expected} at member '{rule.Name}'");
    }

    /// <summary>Strict base64: length a multiple of four, no white space, no stray bits.</summary>
    private static bool TryDecode(WireValue value)
    {
        var text = Encoding.UTF8.GetBytes(value.Text);
        if (text.Length % 4 != 0 || !Base64.IsValid(text, out var length) || text.AsSpan().ContainsAny(" \t\r\n"u8))
            return false;
        var bytes = new byte[length];
        if (Base64.DecodeFromUtf8(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
            return false;
        value.Bytes = bytes;
        return true;
    }
}
