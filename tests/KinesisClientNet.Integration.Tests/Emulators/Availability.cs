using System.Diagnostics.CodeAnalysis;

namespace KinesisClientNet.Integration.Tests.Emulators;

/// <summary>
/// What a test does when a server that it needs cannot run here: it is skipped with the reason, so that a machine with nothing but the
/// .NET SDK stays green. Where green must not mean "skipped", <c>KINESISCLIENTNET_REQUIRE_EMULATORS=1</c> turns the skip into a failure.
/// </summary>
internal static class Availability
{
    public const string RequireVariable = "KINESISCLIENTNET_REQUIRE_EMULATORS";

    [DoesNotReturn]
    public static void Missing(string server, string reason)
    {
        if (Environment.GetEnvironmentVariable(RequireVariable) == "1")
            Assert.Fail($"{server} is required ({RequireVariable}=1) but cannot run: {reason}");
        Assert.Skip($"{server} cannot run here: {reason}");
        throw new InvalidOperationException("Assert.Skip always throws.");
    }
}

/// <summary>A server cannot run on this machine, for a reason that is not the test's fault.</summary>
internal sealed class ServerUnavailableException(string reason) : Exception(reason);
