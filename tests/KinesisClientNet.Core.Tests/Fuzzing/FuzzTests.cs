using KinesisClientNet.Fuzz;
using KinesisClientNet.Fuzz.Targets;

namespace KinesisClientNet.Core.Tests.Fuzzing;

/// <summary>A bounded run of every fuzz target, and proof that the engine finds what it must find.</summary>
public sealed class FuzzTests
{
    private const int BoundedIterations = 10_000;

    public static IEnumerable<TheoryDataRow<string>> Targets => FuzzTargets.All.Select(t => new TheoryDataRow<string>(t.Name));

    private static FuzzRun.Outcome Run(FuzzTarget target, long iterations, ulong seed, string crashFolder) =>
        FuzzRun.Run(target, new([target], iterations, seed, 1, crashFolder, null), TextWriter.Null);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Reader_survives_a_bounded_run(string name)
    {
        using var folder = new TemporaryFolder();

        var outcome = Run(FuzzTargets.Find(name), BoundedIterations, seed: 20251101, folder.Path);

        Assert.Empty(outcome.Crashes);
        Assert.Equal(BoundedIterations, outcome.Iterations);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Reader_has_a_committed_corpus_that_it_survives(string name)
    {
        var corpus = FuzzCorpus.Load(name);
        var judge = new FuzzJudge(FuzzTargets.Find(name).Fresh());

        Assert.NotEmpty(corpus);
        Assert.All(corpus, input => Assert.Null(judge.Judge(input)));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Good_part_of_the_inputs_is_accepted_so_that_the_code_behind_the_checks_is_reached(string name)
    {
        var target = FuzzTargets.Find(name).Fresh();
        var (random, input, accepted) = (new FuzzRandom(7), new FuzzInput(), 0);

        for (var i = 0; i < 1000; i++)
        {
            target.Generate(input, ref random);
            target.TryMutate(input, ref random);
            target.Repair(input);
            try
            {
                accepted += target.Read(input.Memory) > 0 ? 1 : 0;
            }
            catch (Exception error) when (target.IsDocumented(error))
            {
                // A refusal is a fine answer; the assertion below counts the others.
            }
        }

        Assert.InRange(accepted, 100, 1000);
    }

    [Fact]
    public void Crash_is_found_shrunk_and_written_down()
    {
        using var folder = new TemporaryFolder();

        var outcome = Run(new Planted(input => input.IndexOf((byte)0xFF) >= 0 ? throw new NotSupportedException("planted") : 0), 5000, 1, folder.Path);

        Assert.Contains("planted", Assert.Single(outcome.Crashes), StringComparison.Ordinal);
        Assert.Equal([0xFF], FuzzCorpus.Read(Assert.Single(Directory.GetFiles(folder.Path))));
    }

    [Fact]
    public void Memory_out_of_proportion_is_a_crash()
    {
        using var folder = new TemporaryFolder();

        var outcome = Run(new Planted(input => input.Length > 40 ? new byte[65 << 20].Length : 0), 20_000, 1, folder.Path);

        Assert.Contains("MiB", Assert.Single(outcome.Crashes), StringComparison.Ordinal);
    }

    [Fact]
    public void Documented_exception_is_no_crash()
    {
        using var folder = new TemporaryFolder();

        Assert.Empty(Run(new Planted(_ => throw new FormatException()), 1000, 1, folder.Path).Crashes);
    }

    [Fact]
    public void Same_seed_gives_the_same_inputs_and_another_seed_others()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(Inputs(5), Inputs(5));
        Assert.NotEqual(Inputs(5), Inputs(6));

        List<string> Inputs(ulong seed)
        {
            var seen = new List<string>();
            Run(new Planted(input =>
            {
                seen.Add(Convert.ToHexString(input));
                return input.Length;
            }), 300, seed, folder.Path);
            return seen;
        }
    }

    [Theory]
    [InlineData]
    [InlineData("nothing")]
    [InlineData("aggregate", "--iterations")]
    [InlineData("aggregate", "--iterations", "many")]
    [InlineData("aggregate", "--what", "1")]
    public void Command_line_that_makes_no_sense_is_refused(params string[] args) =>
        Assert.Throws<FormatException>(() => FuzzOptions.Parse(args));

    [Fact]
    public void All_spreads_the_iterations_over_the_targets()
    {
        var options = FuzzOptions.Parse(["all", "--iterations", "1_000_000", "--seed", "9"]);

        Assert.Equal(FuzzTargets.All.Count, options.Targets.Count);
        Assert.Equal(1_000_000 / FuzzTargets.All.Count, options.Iterations);
        Assert.Equal(9ul, options.Seed);
    }

    private delegate int PlantedReader(ReadOnlySpan<byte> input);

    private sealed class Planted(PlantedReader read) : FuzzTarget
    {
        internal override string Name => "planted";

        internal override FuzzTarget Fresh() => this;

        internal override bool IsDocumented(Exception error) => error is FormatException;

        internal override void Generate(FuzzInput input, ref FuzzRandom random)
        {
            input.Clear();
            for (var i = random.Below(20); i >= 0; i--)
                input.Append((byte)random.Below(0x80));
        }

        internal override int Read(ReadOnlyMemory<byte> input) => read(input.Span);
    }

    private sealed class TemporaryFolder : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("fuzz-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
