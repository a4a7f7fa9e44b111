namespace KinesisClientNet.Hosting.Tests.Samples;

/// <summary>Tests that build the packages anew in Release: one after the other, because they write to the same folders.</summary>
[CollectionDefinition(Name)]
public sealed class PublishingCollection
{
    public const string Name = "Publishing";

    /// <summary>They take minutes on a busy machine: KINESISCLIENTNET_PUBLISH=0 leaves them out.</summary>
    internal static void SkipWhenSwitchedOff() =>
        Assert.SkipWhen(Environment.GetEnvironmentVariable("KINESISCLIENTNET_PUBLISH") == "0", "Switched off by KINESISCLIENTNET_PUBLISH=0.");
}
