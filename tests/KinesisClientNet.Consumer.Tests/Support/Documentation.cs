namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>The repository's pages, whose figures and snippets tests compare with what they measure.</summary>
internal static class Documentation
{
    public static string Read(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "KinesisClientNet.sln")))
            folder = folder.Parent;
        Assert.NotNull(folder);
        return File.ReadAllText(Path.Combine(folder.FullName, path)).ReplaceLineEndings("\n");
    }
}
