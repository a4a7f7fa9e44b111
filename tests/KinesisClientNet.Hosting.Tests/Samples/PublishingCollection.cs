namespace KinesisClientNet.Hosting.Tests.Samples;

/// <summary>Tests that build the packages anew in Release: one after the other, because they write to the same folders.</summary>
[CollectionDefinition(Name)]
public sealed class PublishingCollection
{
    public const string Name = "Publishing";
}
