using Amazon.Extensions.NETCore.Setup;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.DependencyInjection;

namespace KinesisClientNet.Hosting.Settings;

/// <summary>
/// Fills what a connection does not say from the application's <see cref="AWSOptions"/> (<c>AddDefaultAWSOptions</c>), as every AWS client of the
/// application has it. What neither says comes from the environment and the shared profile.
/// </summary>
internal static class AwsDefaults
{
    public static void Apply(KinesisConnectionOptions connection, IServiceProvider provider)
    {
        if (provider.GetService<AWSOptions>() is not { } aws)
            return;
        connection.Region ??= aws.Region?.SystemName;
        connection.Profile ??= aws.Profile;
        connection.Credentials ??= aws.Credentials;
    }
}
