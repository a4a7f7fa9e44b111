using System.Collections.Concurrent;
using System.Text;
using KinesisClientNet.Consumer.Tests.Support;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Consumer.Tests.Processing;

/// <summary>
/// Issue "Processing", acceptance: random throws (p = 0.2), random delays, partial failures, poison at any position, N lanes: every record handled or
/// dead-lettered exactly as the policy says; per-key order; committed = contiguous prefix; nothing skipped without a sink. Demand story L1.
/// </summary>
[Collection(VirtualTimeCollection.Name)]
public sealed class FailureModelTests
{
    public static TheoryData<int, int, bool> Cases => Seeds(1, 8);

    public static TheoryData<int, int, bool> FewerCases => Seeds(9, 10);

    [Theory]
    [Trait("Story", "L1")]
    [MemberData(nameof(Cases))]
    [Trait("Story", "L1")]
    public async Task Every_record_is_handled_or_dead_lettered_as_the_policy_says(int seed, int concurrency, bool isolatesKeys)
    {
        await using var rig = new ConsumerRig();
        var model = new Model(seed, rig.Clock);
        await PutMixedAsync(rig, model);
        rig.Start(
            _ => model,
            options =>
            {
                options.Processing.Concurrency = concurrency;
                options.Processing.MaxBatchRecords = 17;
                options.Processing.MaxRunAheadRecords = 60;
                options.Failure = new()
                {
                    Action = FailureAction.DeadLetter, MaxAttempts = 4, DeadLetters = model, IsolatesKeys = isolatesKeys, MaxBackoff = TimeSpan.FromSeconds(2),
                };
            });

        rig.Clock.RunUntil(() => model.IsAllSettled(Committed(rig)), TimeSpan.FromHours(3), () => $"{model.Settled.Count} of {model.All.Count}");
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(model.Poison.Order(), model.DeadLetters.Keys.Order());
        Assert.All(model.DeadLetters.Values, letter => Assert.True(letter.Attempts >= 4, $"{letter.Attempts} attempts"));
        foreach (var key in model.All.GroupBy(value => value.Key))
            Assert.Equal(key.Select(value => value.Value).Where(value => !model.Poison.Contains(value)), model.DoneOfKey(key.Key));
        Assert.Empty(model.Violations);
        Assert.Equal(model.LastPosition, (await rig.LeaseAsync()).Checkpoint);
    }

    /// <summary>The default policy: poison that heals after some time is handled too, in the order of its key, and nothing leaves the shard.</summary>
    [Theory]
    [MemberData(nameof(FewerCases))]
    public async Task With_retry_for_ever_every_record_is_handled_in_order_and_nothing_leaves(int seed, int concurrency, bool isolatesKeys)
    {
        await using var rig = new ConsumerRig();
        var model = new Model(seed, rig.Clock) { KeepsOrder = true };
        await PutMixedAsync(rig, model);
        rig.Start(
            _ => model,
            options =>
            {
                (options.Processing.Concurrency, options.Processing.MaxBatchRecords, options.Processing.MaxRunAheadRecords) = (concurrency, 17, 60);
                options.Failure = new() { IsolatesKeys = isolatesKeys, Bisects = seed % 2 == 0, MaxBackoff = TimeSpan.FromSeconds(2) };
            });
        rig.Clock.RunFor(TimeSpan.FromSeconds(20));
        Assert.True(model.Poison.Count == 0 || !model.IsAllSettled(Committed(rig)));

        model.Poison.Clear();
        rig.Clock.RunUntil(() => model.IsAllSettled(Committed(rig)), TimeSpan.FromHours(3), () => $"{model.Settled.Count} of {model.All.Count}");
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Empty(model.DeadLetters);
        foreach (var key in model.All.GroupBy(value => value.Key))
            Assert.Equal(key.Select(value => value.Value), model.DoneOfKey(key.Key));
        Assert.Empty(model.Violations);
        Assert.Equal(model.LastPosition, (await rig.LeaseAsync()).Checkpoint);
    }

    /// <summary>Skip: the sink, which fails now and then, is offered exactly the poison, once for each record; all else is handled.</summary>
    [Theory]
    [MemberData(nameof(FewerCases))]
    public async Task With_skip_exactly_the_poison_is_offered_to_the_sink_once_and_passed(int seed, int concurrency, bool isolatesKeys)
    {
        await using var rig = new ConsumerRig();
        var model = new Model(seed, rig.Clock) { SinkFails = true };
        await PutMixedAsync(rig, model);
        rig.Start(
            _ => model,
            options =>
            {
                (options.Processing.Concurrency, options.Processing.MaxBatchRecords, options.Processing.MaxRunAheadRecords) = (concurrency, 17, 60);
                options.Failure = new() { Action = FailureAction.Skip, MaxAttempts = 4, DeadLetters = model, IsolatesKeys = isolatesKeys, MaxBackoff = TimeSpan.FromSeconds(2) };
            });

        rig.Clock.RunUntil(() => model.IsAllSettled(Committed(rig)), TimeSpan.FromHours(3), () => $"{model.Settled.Count} of {model.All.Count}");
        rig.Clock.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal(model.Poison.Order(), model.DeadLetters.Keys.Order());
        Assert.Equal(model.Poison.Count, model.Offers);
        foreach (var key in model.All.GroupBy(value => value.Key))
            Assert.Equal(key.Select(value => value.Value).Where(value => !model.Poison.Contains(value)), model.DoneOfKey(key.Key));
        Assert.Empty(model.Violations);
        Assert.Equal(model.LastPosition, (await rig.LeaseAsync()).Checkpoint);
    }

    private static TheoryData<int, int, bool> Seeds(int first, int last)
    {
        var data = new TheoryData<int, int, bool>();
        for (var seed = first; seed <= last; seed++)
        {
            data.Add(seed, 1, false);
            data.Add(seed, 1, true);
            data.Add(seed, 4, true);
            data.Add(seed, 16, false);
        }

        return data;
    }

    private static ExtendedSequenceNumber? Committed(ConsumerRig rig) =>
        rig.Leases.ReadLeaseAsync(rig.Stream.ShardIds[0], TestContext.Current.CancellationToken).AsTask().Result?.Checkpoint;

    private static async Task PutMixedAsync(ConsumerRig rig, Model model)
    {
        var random = new Random(model.Seed);
        var next = 0;
        while (next < 300)
        {
            var size = random.Next(3) == 0 ? random.Next(2, 12) : 1;
            var records = Enumerable.Range(0, size).Select(_ => (Key: $"key-{random.Next(12)}", Value: $"{next++}")).ToArray();
            model.All.AddRange(records);
            if (size == 1)
                await rig.PutAsync(records[0].Key, records[0].Value);
            else
                await rig.PutAggregateAsync(records);
        }

        foreach (var (_, value) in model.All.Where(_ => random.Next(60) == 0))
            model.Poison.Add(value);
    }

    /// <summary>A handler that fails at random, and always on poison, by throwing or by naming records; keeps what it saw.</summary>
    private sealed class Model(int seed, VirtualClock clock) : IShardProcessor, IDeadLetterSink
    {
        private readonly Random _random = new(seed * 31);
        private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _done = new();
        private readonly ConcurrentDictionary<string, byte> _running = new();
        private readonly ConcurrentDictionary<ExtendedSequenceNumber, string> _seen = new();

        private int _offers;

        public int Seed => seed;

        public bool SinkFails { get; init; }

        public bool KeepsOrder { get; init; }

        /// <summary>How often the sink was called.</summary>
        public int Offers => _offers;

        public List<(string Key, string Value)> All { get; } = [];

        public HashSet<string> Poison { get; } = [];

        public ConcurrentDictionary<string, byte> Settled { get; } = new();

        public ConcurrentDictionary<string, DeadLetter> DeadLetters { get; } = new();

        public ConcurrentBag<string> Violations { get; } = [];

        public ExtendedSequenceNumber LastPosition { get; private set; }

        public string[] DoneOfKey(string key) => _done.TryGetValue(key, out var values) ? [.. values] : [];

        /// <summary>Looked at whenever the process is at rest: nothing that is committed may be unsettled.</summary>
        public bool IsAllSettled(ExtendedSequenceNumber? committed)
        {
            foreach (var (position, value) in _seen)
            {
                if (position <= committed && !Settled.ContainsKey(value))
                    Violations.Add($"{value} at {position} is committed ({committed}) but not settled");
            }

            return Settled.Count == All.Count;
        }

        public async ValueTask ProcessAsync(RecordBatch batch, CancellationToken stopping)
        {
            var keys = batch.Select(record => record.PartitionKey).Distinct().ToArray();
            foreach (var key in keys.Where(key => !_running.TryAdd(key, 0)))
                Violations.Add($"{key} runs twice at once");
            try
            {
                var (delay, mode) = Draw();
                await Task.Delay(delay, clock, stopping);
                foreach (var record in batch)
                    _seen[record.Position] = Encoding.UTF8.GetString(record.Data.Span);
                var values = batch.Select(record => Encoding.UTF8.GetString(record.Data.Span)).ToArray();
                // Random failures stay below the limit of attempts: only poison may be given up.
                if ((mode == 2 && batch.Attempt < 3) || (mode != 1 && values.Any(Poison.Contains)))
                    throw new InvalidOperationException("model");
                var failedKeys = new HashSet<string>();
                for (var i = 0; i < values.Length; i++)
                    HandleOne(batch, i, values[i], failedKeys);
            }
            finally
            {
                foreach (var key in keys)
                    _running.TryRemove(key, out _);
            }
        }

        public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
        {
            var value = Encoding.UTF8.GetString(letter.Record.Data.Span);
            if (!Poison.Contains(value))
                Violations.Add($"{value} is healthy");
            DeadLetters[value] = letter;
            Settle(value, letter.Record.Position);
            return Interlocked.Increment(ref _offers) % 2 == 1 && SinkFails ? throw new IOException("disk full") : default;
        }

        private void HandleOne(RecordBatch batch, int index, string value, HashSet<string> failedKeys)
        {
            // A batch handler that names a record decides itself what becomes of later ones of its key: to keep their order it names them too.
            if (Poison.Contains(value) || (KeepsOrder && failedKeys.Contains(batch[index].PartitionKey)))
            {
                failedKeys.Add(batch[index].PartitionKey);
                batch.Fail(index, new FormatException());
                return;
            }

            // What was named as failed must come again; what was not must never come again.
            if (Settled.ContainsKey(value))
                Violations.Add($"{value} came again");
            _done.GetOrAdd(batch[index].PartitionKey, _ => new()).Enqueue(value);
            Settle(value, batch[index].Position);
        }

        private void Settle(string value, ExtendedSequenceNumber position)
        {
            Settled[value] = 0;
            lock (_random)
                LastPosition = position > LastPosition ? position : LastPosition;
        }

        private (TimeSpan Delay, int Mode) Draw()
        {
            lock (_random)
                return (TimeSpan.FromMilliseconds(_random.Next(40)), _random.NextDouble() < 0.2 ? 2 : _random.Next(2));
        }
    }
}
