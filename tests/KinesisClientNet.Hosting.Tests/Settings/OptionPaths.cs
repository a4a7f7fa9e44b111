using System.Reflection;
using KinesisClientNet.Consumer;
using KinesisClientNet.Producer;

namespace KinesisClientNet.Hosting.Tests.Settings;

/// <summary>The settings of producers and consumers that can stand in a configuration file, found by reflection over the options classes.</summary>
internal static class OptionPaths
{
    private static readonly Type[] Leaves =
        [typeof(string), typeof(bool), typeof(int), typeof(long), typeof(double), typeof(TimeSpan), typeof(DateTimeOffset), typeof(Uri)];

    public static IEnumerable<(string Path, Type Type)> All =>
        Of(typeof(KinesisProducerOptions), "").Concat(Of(typeof(KinesisConsumerOptions), "")).DistinctBy(setting => setting.Path);

    public static bool IsOptions(Type type) => type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal);

    /// <summary>What a list of settings is made of; null for everything else.</summary>
    public static Type? ItemOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>) ? type.GetGenericArguments()[0] : null;

    public static IEnumerable<(string Path, Type Type)> Of(Type options, string prefix)
    {
        foreach (var property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (property.CanWrite && (Leaves.Contains(type) || type.IsEnum))
                yield return (prefix + property.Name, type);
            else if (ItemOf(type) is { } item)
            {
                foreach (var nested in Of(item, $"{prefix}{property.Name}:0:"))
                    yield return nested;
            }
            else if (IsOptions(type))
            {
                foreach (var nested in Of(type, $"{prefix}{property.Name}:"))
                    yield return nested;
            }
        }
    }
}
