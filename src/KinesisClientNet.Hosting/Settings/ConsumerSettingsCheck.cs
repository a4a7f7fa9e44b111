using KinesisClientNet.Consumer;
using KinesisClientNet.Hosting.Running;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Settings;

/// <summary>Checks a consumer's settings by the consumer's own rules when the host starts.</summary>
internal sealed class ConsumerSettingsCheck(ConsumerRegistration registration) : IValidateOptions<KinesisConsumerOptions>
{
    public ValidateOptionsResult Validate(string? name, KinesisConsumerOptions options)
    {
        if (name != registration.Name)
            return ValidateOptionsResult.Skip;
        var problems = new SettingProblems($"Kinesis consumer '{name}'", registration.Section);
        problems.Try(() => options.CopyChecked());
        return problems.Result;
    }
}
