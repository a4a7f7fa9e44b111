using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Core.Tests.Service;

public sealed class KinesisConnectionOptionsTests
{
    public static TheoryData<string, Action<KinesisConnectionOptions>> Mistakes => new()
    {
        { nameof(KinesisConnectionOptions.ConnectTimeout), options => options.ConnectTimeout = TimeSpan.Zero },
        { nameof(KinesisConnectionOptions.ConnectTimeout), options => options.ConnectTimeout = TimeSpan.FromHours(1) },
        { nameof(KinesisConnectionOptions.AttemptTimeout), options => options.AttemptTimeout = TimeSpan.FromSeconds(-1) },
        { nameof(KinesisConnectionOptions.AttemptTimeout), options => options.AttemptTimeout = TimeSpan.MaxValue },
        { nameof(KinesisConnectionOptions.MaxAttempts), options => options.MaxAttempts = 0 },
        { nameof(KinesisConnectionOptions.MaxAttempts), options => options.MaxAttempts = 21 },
        { nameof(KinesisConnectionOptions.MaxConnections), options => options.MaxConnections = 0 },
        { nameof(KinesisConnectionOptions.SubscriptionWindowBytes), options => options.SubscriptionWindowBytes = 1024 },
        { nameof(KinesisConnectionOptions.SubscriptionWindowBytes), options => options.SubscriptionWindowBytes = int.MaxValue },
        { nameof(KinesisConnectionOptions.WireFormat), options => options.WireFormat = (KinesisWireFormat)7 },
        { nameof(KinesisConnectionOptions.Region), options => options.Region = "evil.example/" },
        { nameof(KinesisConnectionOptions.Region), options => options.Region = "" },
        { nameof(KinesisConnectionOptions.ServiceUrl), options => options.ServiceUrl = new Uri("ftp://x/") },
        { nameof(KinesisConnectionOptions.ServiceUrl), options => options.ServiceUrl = new Uri("relative", UriKind.Relative) },
        { nameof(KinesisConnectionOptions.ServiceUrl), options => options.ServiceUrl = new Uri("http://user:secret@x/") },
        { nameof(KinesisConnectionOptions.UseFips), options => (options.ServiceUrl, options.UseFips) = (new Uri("http://x/"), true) },
        { nameof(KinesisConnectionOptions.UseDualStack), options => (options.ServiceUrl, options.UseDualStack) = (new Uri("http://x/"), true) },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_its_path_its_value_and_what_is_expected(string member, Action<KinesisConnectionOptions> make)
    {
        var options = new KinesisConnectionOptions();
        make(options);

        var error = Assert.Throws<ArgumentException>(() => options.CopyChecked("Producer.Connection"));

        Assert.StartsWith($"Producer.Connection.{member} is '", error.Message, StringComparison.Ordinal);
        Assert.Contains("expected: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_valid() => Assert.NotNull(new KinesisConnectionOptions().CopyChecked());

    [Fact]
    public void Later_changes_have_no_effect()
    {
        var options = new KinesisConnectionOptions { Region = "eu-west-1" };
        var copy = options.CopyChecked();
        options.Region = "us-east-1";
        Assert.Equal("eu-west-1", copy.Region);
    }
}
