using System.Reflection;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>Who we say we are: ourselves, never an AWS SDK.</summary>
internal static class ClientIdentity
{
    private const int LongestApplicationId = 50;

    /// <summary>The User-Agent header.</summary>
    /// <param name="applicationId">The application id of the AWS conventions (<c>AWS_SDK_UA_APP_ID</c>), or null.</param>
    public static string UserAgent(string? applicationId)
    {
        var version = typeof(ClientIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "macos" : OperatingSystem.IsLinux() ? "linux" : "other";
        var agent = $"KinesisClientNet/{(plus < 0 ? version : version[..plus])} os/{system} lang/dotnet#{Environment.Version.Major}.{Environment.Version.Minor}";
        return string.IsNullOrWhiteSpace(applicationId) ? agent : $"{agent} app/{Clean(applicationId)}";
    }

    private static string Clean(string applicationId) => string.Concat(
        applicationId.Take(LongestApplicationId).Select(static c => char.IsAsciiLetterOrDigit(c) || "!$%&*+-.^_`|~".Contains(c, StringComparison.Ordinal) ? c : '-'));
}
