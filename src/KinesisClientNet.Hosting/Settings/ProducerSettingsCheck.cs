using KinesisClientNet.Hosting.Running;
using KinesisClientNet.Producer;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Settings;

/// <summary>Checks a producer's settings by the producer's own rules when the host starts.</summary>
internal sealed class ProducerSettingsCheck(ProducerRegistration registration) : IValidateOptions<KinesisProducerOptions>
{
    public ValidateOptionsResult Validate(string? name, KinesisProducerOptions options)
    {
        if (name != registration.Name)
            return ValidateOptionsResult.Skip;
        var problems = new SettingProblems($"Kinesis producer '{name}'", registration.Section);
        foreach (var problem in ProducerOptionsRules.Problems(options))
        {
            if (problem is not null)
                problems.Add(problem);
        }

        problems.Try(() => options.Connection.CopyChecked());
        return problems.Result;
    }
}
