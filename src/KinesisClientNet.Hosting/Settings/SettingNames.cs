using System.Reflection;
using System.Text.RegularExpressions;
using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Producer;
using Microsoft.Extensions.Configuration;

namespace KinesisClientNet.Hosting.Settings;

/// <summary>
/// The names that a configuration section of a producer or a consumer may hold. A name that nobody reads would be a setting that silently has no
/// effect, so it stops the host. One list for both: they may share a section. A test finds an options class that is missing here.
/// </summary>
internal static partial class SettingNames
{
    private const string TagsPrefix = "Leases:Table:Tags:";

    /// <summary>The first of the many streams; it stands for all of them.</summary>
    private const string FirstStream = "Streams:0:";

    /// <summary>The classes are named one by one, so that trimming and native compilation keep their properties.</summary>
    private static readonly HashSet<string> Known = new(
    [
        .. Of("", typeof(KinesisProducerOptions).GetProperties()),
        .. Of("Aggregation:", typeof(AggregationOptions).GetProperties()),
        .. Of("Batching:", typeof(BatchingOptions).GetProperties()),
        .. Of("Buffer:", typeof(BufferOptions).GetProperties()),
        .. Of("Retry:", typeof(RetryOptions).GetProperties()),
        .. Of("", typeof(KinesisConsumerOptions).GetProperties()),
        .. Of(FirstStream, typeof(ConsumedStream).GetProperties()),
        .. Of("Retrieval:", typeof(RetrievalOptions).GetProperties()),
        .. Of("Retrieval:Polling:", typeof(PollingOptions).GetProperties()),
        .. Of("Retrieval:FanOut:", typeof(FanOutOptions).GetProperties()),
        .. Of("Leases:", typeof(LeaseOptions).GetProperties()),
        .. Of("Leases:Table:", typeof(LeaseTableOptions).GetProperties()),
        .. Of("Checkpoint:", typeof(CheckpointOptions).GetProperties()),
        .. Of("Processing:", typeof(ProcessingOptions).GetProperties()),
        .. Of("Failure:", typeof(FailureOptions).GetProperties()),
        .. Of("Connection:", typeof(KinesisConnectionOptions).GetProperties()),
    ], StringComparer.OrdinalIgnoreCase);

    /// <summary>All of them, as paths inside a section.</summary>
    public static IReadOnlyCollection<string> All => Known;

    /// <summary>What is wrong with the names in the section, each with the nearest right one.</summary>
    public static IEnumerable<string> Unknown(IConfigurationSection section) => Unknown(section, section.Path.Length + 1);

    private static IEnumerable<string> Unknown(IConfigurationSection section, int prefix)
    {
        foreach (var child in section.GetChildren())
        {
            var path = child.Path[prefix..];
            if (Known.Contains(StreamNumber().Replace(path, FirstStream)) || path.StartsWith(TagsPrefix, StringComparison.OrdinalIgnoreCase))
                continue;
            if (child.Value is { Length: > 0 } || (child.Value is not null && !EmptyStreams().IsMatch(path)))
                yield return $"{child.Path} is not a setting; did you mean {Nearest(path)}?";
            foreach (var problem in Unknown(child, prefix))
                yield return problem;
        }
    }

    /// <summary>A bare text in the list of streams is most likely a stream's name; a wrong name inside of an entry is told with the entry's own number.</summary>
    private static string Nearest(string path)
    {
        if (Streams().IsMatch(path))
            return path.Contains(':', StringComparison.Ordinal) ? $"{path}:{nameof(ConsumedStream.StreamName)}" : FirstStream + nameof(ConsumedStream.StreamName);
        var number = StreamNumber().Match(path);
        var nearest = Known.MinBy(name => Distance(name, StreamNumber().Replace(path, FirstStream)))!;
        return number.Success ? nearest.Replace(FirstStream, number.Value, StringComparison.Ordinal) : nearest;
    }

    /// <summary>The settings among the properties: those that a text can be made into. Callbacks, credentials and pipelines are given in code.</summary>
    private static IEnumerable<string> Of(string prefix, PropertyInfo[] properties) => properties
        .Where(static property => property.CanWrite && IsText(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType))
        .Select(property => prefix + property.Name);

    private static bool IsText(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(TimeSpan)
        || type == typeof(DateTimeOffset) || type == typeof(Uri);

    /// <summary>Levenshtein's distance, upper and lower case being the same.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }

        return row[^1];
    }

    [GeneratedRegex("^Streams:[0-9]+:", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex StreamNumber();

    [GeneratedRegex("^Streams(:[^:]+)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Streams();

    /// <summary>What a JSON file with an empty list leaves behind.</summary>
    [GeneratedRegex("^Streams$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex EmptyStreams();
}
