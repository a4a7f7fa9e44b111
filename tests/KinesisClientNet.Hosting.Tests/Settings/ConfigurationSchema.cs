using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KinesisClientNet.Consumer;
using KinesisClientNet.Producer;

namespace KinesisClientNet.Hosting.Tests.Settings;

/// <summary>
/// Makes the JSON schema of a configuration section from the options classes and their documentation. A producer and a consumer may share a section,
/// so it has the settings of both. By convention sections stand below <c>Kinesis</c>; elsewhere an editor knows nothing of them.
/// </summary>
internal static partial class ConfigurationSchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, string> Documentation = Read(typeof(KinesisProducerOptions).Assembly, typeof(KinesisConsumerOptions).Assembly, typeof(Core.Service.KinesisConnectionOptions).Assembly);

    public static string Write()
    {
        var section = new JsonObject { ["type"] = "object", ["description"] = "Settings of a Kinesis producer, a consumer, or both.", ["additionalProperties"] = false };
        section["properties"] = Merge(Properties(typeof(KinesisProducerOptions)), Properties(typeof(KinesisConsumerOptions)));
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["Kinesis"] = new JsonObject { ["type"] = "object", ["description"] = "Kinesis producers and consumers by name.", ["additionalProperties"] = section },
            },
        };
        return schema.ToJsonString(Indented).ReplaceLineEndings("\n") + "\n";
    }

    private static JsonObject Properties(Type options)
    {
        var properties = new JsonObject();
        foreach (var property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.Name, StringComparer.Ordinal))
        {
            if (Schema(property) is { } schema)
                properties[property.Name] = schema;
        }

        return properties;
    }

    private static JsonObject? Schema(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var schema = new JsonObject();
        if (OptionPaths.IsOptions(type))
        {
            schema["type"] = "object";
            schema["additionalProperties"] = false;
            schema["properties"] = Properties(type);
        }
        else if (OptionPaths.ItemOf(type) is { } item)
        {
            schema["type"] = "array";
            schema["items"] = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = Properties(item) };
        }
        else if (type.IsAssignableTo(typeof(IDictionary<string, string>)))
        {
            schema["type"] = "object";
            schema["additionalProperties"] = new JsonObject { ["type"] = "string" };
        }
        else if (!property.CanWrite || !Describe(type, schema))
        {
            return null; // given in code: callbacks, credentials, pipelines
        }

        schema["description"] = Documentation[$"P:{property.DeclaringType!.FullName}.{property.Name}"];
        return schema;
    }

    private static bool Describe(Type type, JsonObject schema)
    {
        if (type.IsEnum)
            schema["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => JsonValue.Create(name))]);
        else if (type == typeof(bool))
            schema["type"] = "boolean";
        else if (type == typeof(int) || type == typeof(long))
            schema["type"] = "integer";
        else if (type == typeof(double))
            schema["type"] = "number";
        else if (type == typeof(string))
            schema["type"] = "string";
        else if (type == typeof(TimeSpan))
            (schema["type"], schema["pattern"]) = ("string", @"^-?(\d+\.)?\d{1,2}:\d{2}(:\d{2}(\.\d{1,7})?)?$|^\d+$");
        else if (type == typeof(Uri) || type == typeof(DateTimeOffset))
            (schema["type"], schema["format"]) = ("string", type == typeof(Uri) ? "uri" : "date-time");
        else
            return false;
        return true;
    }

    /// <summary>What both have is said once when it means the same, else for each.</summary>
    private static JsonObject Merge(JsonObject producer, JsonObject consumer)
    {
        foreach (var (name, schema) in consumer.ToArray())
        {
            consumer.Remove(name);
            if (producer[name] is not { } same)
                producer[name] = schema;
            else if (same["description"]!.GetValue<string>() is var ours && schema!["description"]!.GetValue<string>() is var theirs && ours != theirs)
                same["description"] = $"Producer: {ours} Consumer: {theirs}";
        }

        return new JsonObject(producer.OrderBy(property => property.Key, StringComparer.Ordinal).Select(property => KeyValuePair.Create(property.Key, property.Value?.DeepClone())));
    }

    private static Dictionary<string, string> Read(params Assembly[] assemblies) => assemblies
        .SelectMany(assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member"))
        .Where(member => member.Attribute("name")!.Value.StartsWith("P:", StringComparison.Ordinal))
        .ToDictionary(member => member.Attribute("name")!.Value, member => $"{Text(member.Element("summary"))} {Text(member.Element("value"))}".Trim());

    private static string Text(XElement? element) => element is null ? "" : Spaces().Replace(string.Concat(element.Nodes().Select(node => node switch
    {
        XElement { Name.LocalName: "see" or "paramref" } reference => reference.Value is { Length: > 0 } text ? text : reference.Attributes().First().Value.Split('.', ':')[^1],
        XElement other => other.Value,
        _ => node.ToString(),
    })), " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
