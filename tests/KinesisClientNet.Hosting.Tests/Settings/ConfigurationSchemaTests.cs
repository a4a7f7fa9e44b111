using System.Text.Json;
using KinesisClientNet.Hosting.Settings;
using KinesisClientNet.Hosting.Tests.Samples;

namespace KinesisClientNet.Hosting.Tests.Settings;

/// <summary>Issue 8: ConfigurationSchema.json is what the options classes say. KINESISCLIENTNET_UPDATE=1 writes it anew.</summary>
public sealed class ConfigurationSchemaTests
{
    private static readonly string SchemaFile = Path.Combine(SampleTests.Root, "src/KinesisClientNet.Hosting/ConfigurationSchema.json");

    [Fact]
    public void The_schema_is_that_of_the_options_classes()
    {
        var schema = ConfigurationSchema.Write();

        if (Environment.GetEnvironmentVariable("KINESISCLIENTNET_UPDATE") == "1")
            File.WriteAllText(SchemaFile, schema);
        else
            Assert.True(File.ReadAllText(SchemaFile).ReplaceLineEndings("\n") == schema, "The options have changed: run this test with KINESISCLIENTNET_UPDATE=1 and commit ConfigurationSchema.json.");
    }

    [Fact]
    public void The_schema_knows_the_names_that_the_host_knows_and_no_others()
    {
        using var schema = JsonDocument.Parse(File.ReadAllText(SchemaFile));
        var section = schema.RootElement.GetProperty("properties").GetProperty("Kinesis").GetProperty("additionalProperties");

        Assert.Equal(SettingNames.All.Order(StringComparer.Ordinal), Leaves(section, "").Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Leaves(JsonElement node, string prefix)
    {
        foreach (var property in node.GetProperty("properties").EnumerateObject())
        {
            if (property.Value.TryGetProperty("properties", out _))
            {
                foreach (var leaf in Leaves(property.Value, $"{prefix}{property.Name}:"))
                    yield return leaf;
            }
            else if (property.Value.TryGetProperty("items", out var items))
            {
                foreach (var leaf in Leaves(items, $"{prefix}{property.Name}:0:"))
                    yield return leaf;
            }
            else if (!property.Value.TryGetProperty("additionalProperties", out _))
            {
                yield return prefix + property.Name;
            }
        }
    }
}
