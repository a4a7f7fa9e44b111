using System.Globalization;

namespace KinesisClientNet.Simulation;

/// <summary>What can happen to a fleet.</summary>
internal enum Disturbance
{
    Split, Merge, Update, Crash, StopWorker, AddWorker, Freeze, Thaw, Partition, Heal, JumpClock, SkewWorker,
    ThrottlePuts, LoseAnswer, FailKinesis, StaleListing, CutSubscriptions, ExpireIterators, FailStore, LoseStoreAnswers, FailHandlers,
}

/// <summary>One thing that happens at one step.</summary>
internal readonly record struct Event(int Step, Disturbance Kind, int Number)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"step {Step}: {Kind} {Number}");
}

/// <summary>A whole run, made from its seed: the fleet, and everything that happens to it. The same seed makes the same plan for ever.</summary>
internal sealed record SimulationPlan(int Seed, int Shards, int Workers, int Steps, bool FansOut, bool Aggregates, IReadOnlyList<Event> Events)
{
    /// <summary>Whether one heartbeat proves all leases of a worker.</summary>
    public bool RenewsPerWorker { get; init; }

    public static SimulationPlan FromSeed(int seed)
    {
        var random = new Random(seed);
        var steps = random.Next(60, 160);
        var events = new List<Event>();
        var kinds = Enum.GetValues<Disturbance>();
        for (var i = random.Next(3, 16); i > 0; i--)
            events.Add(new(random.Next(steps), kinds[random.Next(kinds.Length)], random.Next(1000)));
        return new(
            seed, random.Next(1, 5), random.Next(1, 5), steps, random.Next(3) == 0, random.Next(4) != 0,
            [.. events.OrderBy(static happening => happening.Step)])
        {
            // Drawn last, so that what a seed means otherwise stays as it is.
            RenewsPerWorker = random.Next(2) == 0,
        };
    }

    /// <summary>The plan without some of its events: for shrinking, and to replay what was shrunk.</summary>
    public SimulationPlan Without(IReadOnlySet<int> places) => this with { Events = [.. Events.Where((_, place) => !places.Contains(place))] };
}
