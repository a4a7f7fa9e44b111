using System.Collections.Concurrent;
using System.Reflection;
using Xunit.v3;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>Remembers which servers a test used, so that their last lines can be shown when it fails.</summary>
internal static class EmulatorLogs
{
    private static readonly ConcurrentDictionary<string, ConcurrentDictionary<EmulatorProcess, long>> UsedBy = new();

    public static void Watch(EmulatorProcess process)
    {
        if (TestContext.Current.Test is { } test)
            UsedBy.GetOrAdd(test.UniqueID, _ => new()).TryAdd(process, process.Log.Written);
    }

    /// <summary>The servers of a test, each with the mark in its log where the test began to use it.</summary>
    public static IEnumerable<KeyValuePair<EmulatorProcess, long>> Release(string testId) => UsedBy.TryRemove(testId, out var used) ? used : [];
}

/// <summary>Writes the last lines of a failed test's servers to its output.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class EmulatorLogsOnFailureAttribute : BeforeAfterTestAttribute
{
    private const int Lines = 100;

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        foreach (var (process, mark) in EmulatorLogs.Release(test.UniqueID))
        {
            if (TestContext.Current.TestState?.Result != TestResult.Failed)
                continue;
            TestContext.Current.TestOutputHelper?.WriteLine($"--- {process.Name} meanwhile{(process.HasExited ? " (ended)" : "")} ---");
            foreach (var line in process.Log.Since(mark, Lines))
                TestContext.Current.TestOutputHelper?.WriteLine(line);
        }
    }
}
