using KinesisClientNet.Hosting.Settings;

namespace KinesisClientNet.Hosting.Tests.Settings;

public sealed class SettingNamesTests
{
    [Fact]
    public void Every_setting_of_the_options_is_a_known_name_and_nothing_else()
    {
        var wanted = OptionPaths.All.Select(setting => setting.Path).Order(StringComparer.Ordinal).ToArray();

        Assert.True(wanted.SequenceEqual(SettingNames.All.Order(StringComparer.Ordinal)), "SettingNames must list:\n" + string.Join("\n", wanted.Select(path => $"        {path}")));
    }
}
