using System.Globalization;

namespace KinesisClientNet.Simulation;

/// <summary>The fleet of a run.</summary>
/// <param name="Shards">Shards at the start.</param>
/// <param name="Workers">Workers at the start.</param>
/// <param name="Producers">Producers, each with keys of its own.</param>
/// <param name="FansOut">By enhanced fan-out instead of polling.</param>
/// <param name="Aggregates">Producers pack.</param>
/// <param name="Lanes">Handler calls of one shard at the same time, each for its own keys.</param>
/// <param name="DeadLetters">Records that go on failing become dead letters instead of being tried for ever; some records fail always.</param>
/// <param name="RenewsPerWorker">One heartbeat proves all leases of a worker.</param>
internal sealed record SimulatedFleet(int Shards, int Workers, int Producers, bool FansOut, bool Aggregates, int Lanes, bool DeadLetters, bool RenewsPerWorker = false)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Shards} shards, {Workers} workers, {Producers} producers, {(FansOut ? "fan-out" : "polling")}, {(Aggregates ? "aggregated" : "plain")}, {Lanes} lanes, {(DeadLetters ? "dead letters" : "retries")}{(RenewsPerWorker ? ", one heartbeat" : "")}");

    /// <exception cref="FormatException">The text is not a fleet.</exception>
    public static SimulatedFleet Parse(string text)
    {
        var words = text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return words is [var shards, "shards", var workers, "workers", var producers, "producers", var mode, var packing, var lanes, "lanes", .. var failures]
            ? new(Number(shards), Number(workers), Number(producers), mode == "fan-out", packing == "aggregated", Number(lanes), failures is ["dead", "letters", ..], failures is [.., "one", "heartbeat"])
            : throw new FormatException($"'{text}' is not a fleet such as '2 shards, 3 workers, 1 producers, polling, plain, 1 lanes, retries'.");

        static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
    }
}

/// <summary>
/// A whole run: the fleet, and everything that happens to it. Made from a seed, or read from the text that a failed run printed: such texts are
/// kept as regressions and stay what they are when later versions make other plans of the same seeds.
/// </summary>
internal sealed record SimulationPlan(int Seed, int Steps, SimulatedFleet Fleet, IReadOnlyList<Event> Events)
{
    public static SimulationPlan FromSeed(int seed)
    {
        var random = new Random(seed);
        var steps = random.Next(60, 160);
        var events = new List<Event>();
        var kinds = Enum.GetValues<Disturbance>();
        for (var i = random.Next(3, 18); i > 0; i--)
            events.Add(new(random.Next(steps), kinds[random.Next(kinds.Length)], random.Next(1000)));
        var fleet = new SimulatedFleet(
            Shards: random.Next(1, 5),
            Workers: random.Next(4) == 0 ? random.Next(1, 9) : random.Next(1, 5),
            Producers: random.Next(1, 3),
            FansOut: random.Next(3) == 0,
            Aggregates: random.Next(4) != 0,
            Lanes: random.Next(3) == 0 ? 4 : 1,
            DeadLetters: random.Next(3) == 0,
            RenewsPerWorker: random.Next(3) == 0);
        return new(seed, steps, fleet, [.. events.OrderBy(static happening => happening.Step)]);
    }

    /// <summary>Reads what <see cref="ToString"/> has written; lines that begin with # are notes.</summary>
    /// <exception cref="FormatException">The text is not a plan.</exception>
    public static SimulationPlan Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(static line => line[0] != '#').ToArray();
        if (lines is not [var head, .. var events] || head.Split(": ", 2) is not [var name, var fleet] || name.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries) is not ["seed", var seed, var steps, "steps"])
            throw new FormatException("A plan begins with a line such as 'seed 7, 90 steps: 2 shards, ...'.");
        return new(
            int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(steps, CultureInfo.InvariantCulture), SimulatedFleet.Parse(fleet), [.. events.Select(Event.Parse)]);
    }

    /// <summary>The plan without some of its events: for shrinking, and to replay what was shrunk.</summary>
    public SimulationPlan Without(IReadOnlySet<int> places) => this with { Events = [.. Events.Where((_, place) => !places.Contains(place))] };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, {Steps} steps: {Fleet}") +
        string.Concat(Events.Select(static happening => $"\n  {happening}"));
}
