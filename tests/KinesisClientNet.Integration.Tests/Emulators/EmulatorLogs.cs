using System.Collections.Concurrent;
using System.Reflection;
using Xunit.v3;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>Remembers which servers a test used, so that their last lines can be shown when it fails.</summary>
internal static class EmulatorLogs
{
    private static readonly ConcurrentDictionary<string, ConcurrentDictionary<EmulatorProcess, bool>> UsedBy = new();

    public static void Watch(EmulatorProcess process)
    {
        if (TestContext.Current.Test is { } test)
            UsedBy.GetOrAdd(test.UniqueID, _ => new())[process] = true;
    }

    public static IEnumerable<EmulatorProcess> Release(string testId) => UsedBy.TryRemove(testId, out var used) ? used.Keys : [];
}

/// <summary>Writes the last lines of a failed test's servers to its output.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class EmulatorLogsOnFailureAttribute : BeforeAfterTestAttribute
{
    private const int Lines = 100;

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        foreach (var process in EmulatorLogs.Release(test.UniqueID))
        {
            if (TestContext.Current.TestState?.Result != TestResult.Failed)
                continue;
            TestContext.Current.TestOutputHelper?.WriteLine($"--- last lines of {process.Name}{(process.HasExited ? " (ended)" : "")} ---");
            foreach (var line in process.Log.Last(Lines))
                TestContext.Current.TestOutputHelper?.WriteLine(line);
        }
    }
}
