namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>Finds the checkout from the folder that the tests run in.</summary>
internal static class RepositoryFolders
{
    public static string Root { get; } = FindRoot();

    public static string Emulators => Path.Combine(Root, "tests", "emulators");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "KinesisClientNet.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds KinesisClientNet.sln.");
    }
}
