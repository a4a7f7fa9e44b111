using System.Runtime.CompilerServices;

namespace KinesisClientNet.Core.Tests.Service.Endpoints;

/// <summary>
/// The shared AWS configuration of this test process: never the developer's own. The SDK finds the files once, so they are in place before
/// anything runs.
/// </summary>
internal static class AwsProfiles
{
    private const string Config = """
        [profile region]
        region = ap-south-1

        [profile fips]
        region = us-east-2
        use_fips_endpoint = true

        [profile url]
        region = eu-west-1
        endpoint_url = http://profile:1

        [profile services]
        region = eu-west-1
        services = local

        [services local]
        kinesis =
          endpoint_url = http://services:1

        [profile keys]
        region = eu-west-1
        aws_access_key_id = PROFILE-KEY
        aws_secret_access_key = profile-secret
        """;

    [ModuleInitializer]
    internal static void WriteFiles()
    {
        var folder = Directory.CreateTempSubdirectory("aws-profiles").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        Put("AWS_CONFIG_FILE", Path.Combine(folder, "config"), Config);
        Put("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(folder, "credentials"), "");
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
    }

    private static void Put(string variable, string path, string content)
    {
        File.WriteAllText(path, content);
        Environment.SetEnvironmentVariable(variable, path);
    }
}
