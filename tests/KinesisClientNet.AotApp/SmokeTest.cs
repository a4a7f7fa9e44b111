namespace KinesisClientNet.AotApp;

/// <summary>Everything that a package does at run time must do without reflection and without code made at run time.</summary>
internal static class SmokeTest
{
    public static async Task<int> RunAsync()
    {
        foreach (var check in new Func<Task<string?>>[] { WireCheck.RunAsync, HostCheck.RunAsync, HostCheck.RunWithWrongSettingsAsync })
        {
            if (await check() is { } problem)
                return Fail(problem);
        }

        Console.WriteLine("native smoke test passed");
        return 0;
    }

    public static int Fail(string reason)
    {
        Console.Error.WriteLine(reason);
        return 1;
    }
}
