namespace KinesisClientNet.Local;

/// <summary>
/// What goes wrong in a <see cref="LocalKinesis"/>, and when: scripted (the next calls, after so many others) or at random with a seed. The
/// same plan against the same calls gives the same faults. Works in the process and, through the local server, over HTTP.
/// </summary>
/// <remarks>Thread-safe; rules may be added and removed while calls run. With parallel callers the order of calls decides who meets a fault. Costs nothing while it is empty.</remarks>
public sealed class FaultPlan
{
    private sealed class Rule(FaultTarget target, Fault fault, int skip, int times, double probability)
    {
        private int _skip = skip;
        private int _times = times;

        public Fault Fault => fault;

        public bool IsSpent => _times == 0;

        public bool TryMeet(in FaultTarget call, Random random)
        {
            if (!target.Takes(call) || _times == 0)
                return false;
            if (_skip > 0)
            {
                _skip--;
                return false;
            }

            if (probability < 1 && random.NextDouble() >= probability)
                return false;
            if (_times != int.MaxValue)
                _times--;
            return true;
        }
    }

    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly List<Rule> _rules = [];
    private readonly Dictionary<FaultKind, long> _counts = [];
    private int _ruleCount;
    private long _skewTicks;

    /// <summary>Creates an empty plan.</summary>
    /// <param name="seed">Decides which calls a random rule meets.</param>
    public FaultPlan(int seed = 1) => _random = new(seed);

    /// <summary>Raised for every fault that a call met, before it takes effect, inside the call. A handler must be quick and must not throw.</summary>
    public event Action<FaultTarget, Fault>? Met;

    /// <summary>How many faults calls have met, by kind: a snapshot.</summary>
    public IReadOnlyDictionary<FaultKind, long> Counts
    {
        get
        {
            lock (_gate)
                return new Dictionary<FaultKind, long>(_counts);
        }
    }

    /// <summary>
    /// How far the service's wall clock is ahead of the injected one, as on a machine whose clock is wrong: arrival times, iterators' ages, AT_TIMESTAMP,
    /// retention, and over HTTP the Date header and, with <see cref="LocalThrottling.Strict"/>, the five minutes that a signature is good for. Delays and
    /// latencies keep their lengths.
    /// </summary>
    /// <value>Negative for behind; at most a day either way; default zero. <see cref="Clear"/> sets it right.</value>
    public TimeSpan ClockSkew => TimeSpan.FromTicks(Interlocked.Read(ref _skewTicks));

    internal bool IsEmpty => Volatile.Read(ref _ruleCount) == 0;

    /// <summary>Lets the next calls meet a fault.</summary>
    /// <param name="target">Which calls; an operation alone will do.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="times">How many calls, 1 or more.</param>
    /// <param name="skip">How many such calls go well before, 0 or more.</param>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public FaultPlan Next(FaultTarget target, Fault fault, int times = 1, int skip = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        return Add(new(target, fault, skip, times, 1));
    }

    /// <summary>Lets every call meet a fault until <see cref="Clear"/>.</summary>
    /// <param name="target">Which calls; an operation alone will do.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <returns>This, for chaining.</returns>
    public FaultPlan Always(FaultTarget target, Fault fault) => Add(new(target, fault, 0, int.MaxValue, 1));

    /// <summary>Lets some calls meet a fault, until <see cref="Clear"/>.</summary>
    /// <param name="probability">Above 0, at most 1.</param>
    /// <param name="target">Which calls; an operation alone will do.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The probability is out of range.</exception>
    public FaultPlan Randomly(double probability, FaultTarget target, Fault fault)
    {
        if (!(probability is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability is above 0 and at most 1.");
        return Add(new(target, fault, 0, int.MaxValue, probability));
    }

    /// <summary>Sets the service's wall clock wrong, until it is set again or <see cref="Clear"/>.</summary>
    /// <param name="ahead">How far it is ahead of the injected clock; negative for behind.</param>
    /// <returns>This, for chaining.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is more than a day either way.</exception>
    public FaultPlan SkewClock(TimeSpan ahead)
    {
        if (ahead.Duration() > TimeSpan.FromDays(1))
            throw new ArgumentOutOfRangeException(nameof(ahead), ahead, "A clock may be wrong by a day at most.");
        Interlocked.Exchange(ref _skewTicks, ahead.Ticks);
        return this;
    }

    /// <summary>Forgets all rules and sets the clock right. Calls that met a fault already keep it.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _rules.Clear();
            Volatile.Write(ref _ruleCount, 0);
        }

        SkewClock(TimeSpan.Zero);
    }

    /// <summary>The fault that this call meets: of the first rule that takes it, in the order of their adding.</summary>
    internal Fault? Meet(in FaultTarget call)
    {
        Fault? met = null;
        lock (_gate)
        {
            foreach (var rule in _rules)
            {
                if (!rule.TryMeet(call, _random))
                    continue;
                met = rule.Fault;
                _counts[met.Kind] = _counts.GetValueOrDefault(met.Kind) + 1;
                break;
            }

            _rules.RemoveAll(static rule => rule.IsSpent);
            Volatile.Write(ref _ruleCount, _rules.Count);
        }

        if (met is not null)
            Met?.Invoke(call, met);
        return met;
    }

    /// <summary>Which of the entries fail: those that the fault names, or as many as it says.</summary>
    internal bool[] ChooseEntries(Fault fault, int entries)
    {
        var chosen = new bool[entries];
        if (fault.Entries.Count > 0)
        {
            foreach (var index in fault.Entries)
            {
                if ((uint)index < (uint)entries)
                    chosen[index] = true;
            }

            return chosen;
        }

        var places = new int[entries];
        for (var i = 0; i < entries; i++)
            places[i] = i;
        lock (_gate)
            _random.Shuffle(places);
        foreach (var place in places.AsSpan(0, Math.Min(fault.Count, entries)))
            chosen[place] = true;
        return chosen;
    }

    private FaultPlan Add(Rule rule)
    {
        lock (_gate)
        {
            _rules.Add(rule);
            Volatile.Write(ref _ruleCount, _rules.Count);
        }

        return this;
    }
}
