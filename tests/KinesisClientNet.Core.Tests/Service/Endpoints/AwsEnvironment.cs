using System.Collections;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace KinesisClientNet.Core.Tests.Service.Endpoints;

/// <summary>Tests that change the process's environment run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EnvironmentCollection
{
    public const string Name = "Environment";
}

/// <summary>An environment with only the given AWS variables, until it is disposed. The profiles stand in <see cref="AwsProfiles"/>.</summary>
internal sealed class AwsEnvironment : IDisposable
{
    private static readonly string[] Kept = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED"];

    private readonly Dictionary<string, string?> _before = [];

    public AwsEnvironment(string variables)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name.StartsWith("AWS_", StringComparison.Ordinal) && !Kept.Contains(name))
                Set(name, null);
        }

        foreach (var pair in variables.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Set(pair[..pair.IndexOf('=', StringComparison.Ordinal)], pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        Reread();
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before)
            Environment.SetEnvironmentVariable(name, value);
        Reread();
    }

    private void Set(string name, string? value)
    {
        _before.TryAdd(name, Environment.GetEnvironmentVariable(name));
        Environment.SetEnvironmentVariable(name, value);
    }

    /// <summary>The SDK keeps what it once read.</summary>
    private static void Reread()
    {
        FallbackInternalConfigurationFactory.Reset();
        FallbackRegionFactory.Reset();
    }
}
