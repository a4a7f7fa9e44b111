namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>Tests on the <see cref="VirtualClock"/> run alone: it looks at the whole thread pool to know when the process is at rest.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class VirtualTimeCollection
{
    public const string Name = "virtual time";
}
