namespace KinesisClientNet.Fuzz.Targets;

/// <summary>Everything that can be fuzzed. A new reader is added here and nowhere else.</summary>
internal static class FuzzTargets
{
    internal static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new AggregateTarget(),
        new CborTarget(),
        new JsonTarget(),
        new EventStreamTarget(),
        new LeaseItemTarget(),
    ];

    internal static FuzzTarget Find(string name) =>
        All.FirstOrDefault(t => t.Name == name) ?? throw new FormatException($"'{name}' is not a target; there are {string.Join(", ", All.Select(t => t.Name))} and all.");
}
