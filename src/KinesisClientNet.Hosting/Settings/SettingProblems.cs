using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace KinesisClientNet.Hosting.Settings;

/// <summary>Collects what is wrong with the settings of one producer or consumer, and says where they stand.</summary>
internal sealed class SettingProblems
{
    private readonly List<string> _problems = [];
    private readonly string _owner;

    /// <summary>Looks at the names in the section first.</summary>
    /// <param name="owner">Whose settings, for instance <c>Kinesis consumer 'orders'</c>.</param>
    /// <param name="section">The configuration section; null when the settings are given in code.</param>
    public SettingProblems(string owner, IConfigurationSection? section)
    {
        _owner = section is null ? owner : $"{owner}, configuration section {section.Path}";
        if (section is null)
            return;
        if (!section.Exists())
            Add("the configuration has no such section; is its name right, and is the file copied to the output?");
        foreach (var problem in SettingNames.Unknown(section))
            Add(problem);
    }

    public ValidateOptionsResult Result => _problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(_problems);

    public void Add(string problem) => _problems.Add($"{_owner}: {problem}");

    /// <summary>Runs a check that throws what is wrong.</summary>
    public void Try(Action check)
    {
        try
        {
            check();
        }
        catch (ArgumentException error)
        {
            // The message that was given, without what the exception adds to it.
            Add(error.ParamName is null ? error.Message : error.Message.Replace($" (Parameter '{error.ParamName}')", "", StringComparison.Ordinal));
        }
    }
}
