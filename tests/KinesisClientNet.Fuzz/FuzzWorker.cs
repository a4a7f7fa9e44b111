namespace KinesisClientNet.Fuzz;

/// <summary>One thread's share of the iterations. Everything follows from its seed.</summary>
internal sealed class FuzzWorker(FuzzTarget target, ulong seed, long iterations, CrashLog crashes)
{
    /// <summary>Inputs kept because they showed a new outcome; beyond that the oldest is replaced.</summary>
    private const int MaxKept = 4096;

    /// <summary>Long inputs are run, but not kept: they would slow every mutant of theirs down.</summary>
    private const int MaxKeptBytes = 4096;

    private const int MaxShrinkTries = 5000;

    private readonly FuzzJudge _judge = new(target);
    private readonly ByteMutator _mutator = new();
    private readonly FuzzInput _input = new();
    private readonly List<byte[]> _kept = FuzzCorpus.Load(target.Name);
    private readonly HashSet<int> _features = [];
    private FuzzRandom _random = new(seed);
    private int _nextReplaced;

    internal long Iterations { get; private set; }

    internal int KeptInputs => _kept.Count;

    internal void Run()
    {
        using var watchdog = new FuzzWatchdog(EndProgramOnHang);
        foreach (var input in _kept.ToArray())
        {
            _input.Set(input);
            Try(watchdog);
        }

        while (Iterations < iterations)
        {
            Prepare();
            Try(watchdog);
        }
    }

    private void Prepare()
    {
        if (_kept.Count == 0 || _random.OneIn(4))
            target.Generate(_input, ref _random);
        else
            _input.Set(_kept[_random.Below(_kept.Count)]);

        if (_random.OneIn(8))
            return;
        if (!_random.OneIn(2) || !target.TryMutate(_input, ref _random))
            _mutator.Mutate(_input, _kept.Count == 0 ? [] : _kept[_random.Below(_kept.Count)], ref _random);
        if (!_random.OneIn(8))
            target.Repair(_input);
    }

    private void Try(FuzzWatchdog watchdog)
    {
        watchdog.Beat();
        Iterations++;
        if (_judge.Judge(_input.Memory) is { } crash)
        {
            if (!crashes.Knows(crash))
                crashes.Add(crash, Shrink(_input.Span.ToArray(), crash.Kind, watchdog));
            return;
        }

        if (_features.Add(_judge.Feature) && _input.Length <= MaxKeptBytes)
            Keep(_input.Span.ToArray());
    }

    private void Keep(byte[] input)
    {
        if (_kept.Count < MaxKept)
            _kept.Add(input);
        else
            _kept[_nextReplaced++ % MaxKept] = input;
    }

    /// <summary>Cuts pieces out as long as the same crash stays.</summary>
    private byte[] Shrink(byte[] input, string kind, FuzzWatchdog watchdog)
    {
        var tries = 0;
        for (var size = input.Length / 2; size > 0 && tries < MaxShrinkTries; size /= 2)
        {
            for (var at = 0; at + size <= input.Length && tries < MaxShrinkTries;)
            {
                watchdog.Beat();
                tries++;
                _input.Set(input);
                _input.Remove(at, size);
                target.Repair(_input);
                if (_judge.Judge(_input.Memory)?.Kind == kind)
                    input = _input.Span.ToArray();
                else
                    at += size;
            }
        }

        return input;
    }

    private void EndProgramOnHang()
    {
        var input = _input.Span.ToArray();
        crashes.Add(new("hang", "does not come back", ""), input);
        foreach (var line in crashes.Lines)
            Console.WriteLine(line);
        Console.WriteLine($"iterations {Iterations}, crashes {crashes.Lines.Count}");
        Console.Out.Flush();
        Environment.Exit(1);
    }
}
