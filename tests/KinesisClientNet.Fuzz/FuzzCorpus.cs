namespace KinesisClientNet.Fuzz;

/// <summary>
/// The committed inputs: <c>Corpus/TARGET/*.hex</c>, hexadecimal text with white space and <c>#</c> comments, so that a review can read
/// them. Every input that ever crashed a reader belongs here.
/// </summary>
internal static class FuzzCorpus
{
    internal static List<byte[]> Load(string target)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Corpus", target);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.hex").Order(StringComparer.Ordinal).Select(Read)]
            : [];
    }

    internal static byte[] Read(string file)
    {
        var text = string.Concat(File.ReadLines(file).SelectMany(line => line.Split('#')[0]).Where(c => !char.IsWhiteSpace(c)));
        return Convert.FromHexString(text);
    }

    internal static string Write(string folder, string target, byte[] input, string why)
    {
        Directory.CreateDirectory(folder);
        var name = $"{target}-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..12]}.hex";
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, $"# {why.ReplaceLineEndings(" ")}\n{string.Join('\n', Convert.ToHexStringLower(input).Chunk(120).Select(c => new string(c)))}\n");
        return path;
    }
}
