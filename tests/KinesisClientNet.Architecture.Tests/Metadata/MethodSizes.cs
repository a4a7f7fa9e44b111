using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace KinesisClientNet.Architecture.Tests.Metadata;

/// <summary>The length of each method in source lines, from the sequence points of the debug file.</summary>
internal static class MethodSizes
{
    public static IReadOnlyList<(string File, int Line, int Lines)> Read(string debugFilePath)
    {
        using var provider = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(debugFilePath));
        var reader = provider.GetMetadataReader();
        var sizes = new List<(string, int, int)>();
        foreach (var handle in reader.MethodDebugInformation)
        {
            var information = reader.GetMethodDebugInformation(handle);
            if (information.Document.IsNil)
                continue;
            var file = reader.GetString(reader.GetDocument(information.Document).Name).Replace('\\', '/');
            if (file.Contains("/obj/", StringComparison.Ordinal))
                continue; // generated
            var points = information.GetSequencePoints().Where(point => !point.IsHidden).ToList();
            if (points.Count > 0)
                sizes.Add((file, points.Min(point => point.StartLine), points.Max(point => point.EndLine) - points.Min(point => point.StartLine) + 1));
        }

        return sizes;
    }
}
