using KinesisClientNet.Consumer.Processing.Failure;

namespace KinesisClientNet.Consumer.Tests.Processing;

public sealed class FailureRulesTests
{
    private static readonly IDeadLetterSink Sink = IDeadLetterSink.ToDirectory("never-written");

    [Theory]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public void By_default_records_are_delivered_again_for_ever(int attempts) =>
        Assert.Equal(FailurePlan.Retry, Decide(new(), Facts(attempts)));

    [Theory]
    [InlineData(1, true, nameof(FailurePlan.Retry))]
    [InlineData(2, true, nameof(FailurePlan.Retry))]
    [InlineData(3, true, nameof(FailurePlan.DeadLetter))]
    [InlineData(3, false, nameof(FailurePlan.Isolate))]
    public void A_dead_letter_needs_all_attempts_and_a_single_culprit(int attempts, bool isAlone, string expected) => Assert.Equal(
        expected,
        Decide(new() { Action = FailureAction.DeadLetter, MaxAttempts = 3, DeadLetters = Sink }, Facts(attempts) with { IsAlone = isAlone }).ToString());

    [Fact]
    public void Without_bisection_the_whole_batch_goes() => Assert.Equal(
        FailurePlan.Skip,
        Decide(new() { Action = FailureAction.Skip, MaxAttempts = 1, DeadLetters = Sink, Bisects = false }, Facts(1) with { IsAlone = false }));

    [Theory]
    [InlineData(59, nameof(FailurePlan.Retry))]
    [InlineData(61, nameof(FailurePlan.StopShard))]
    public void A_record_that_is_too_old_is_not_delivered_again(int age, string expected) => Assert.Equal(
        expected,
        Decide(
            new() { Action = FailureAction.StopShard, MaxRecordAge = TimeSpan.FromSeconds(60) },
            Facts(1) with { OldestAge = TimeSpan.FromSeconds(age), YoungestAge = TimeSpan.FromSeconds(age) }).ToString());

    [Fact]
    public void A_batch_is_given_up_together_when_even_its_youngest_record_is_too_old()
    {
        var options = new FailureOptions { Action = FailureAction.DeadLetter, DeadLetters = Sink, Bisects = false, MaxRecordAge = TimeSpan.FromSeconds(60) };
        var facts = Facts(1) with { IsAlone = false, OldestAge = TimeSpan.FromSeconds(100), YoungestAge = TimeSpan.FromSeconds(10) };

        Assert.Equal(FailurePlan.Retry, Decide(options, facts));
        Assert.Equal(FailurePlan.DeadLetter, Decide(options, facts with { YoungestAge = TimeSpan.FromSeconds(61) }));
    }

    [Fact]
    public void A_classified_poison_is_isolated_at_once_and_then_given_up()
    {
        var options = new FailureOptions { Classify = error => error is FormatException ? FailureAction.DeadLetter : null, DeadLetters = Sink };

        Assert.Equal(FailurePlan.Isolate, Decide(options, Facts(1) with { Error = new FormatException(), IsAlone = false }));
        Assert.Equal(FailurePlan.DeadLetter, Decide(options, Facts(1) with { Error = new FormatException() }));
        Assert.Equal(FailurePlan.Retry, Decide(options, Facts(1)));
    }

    [Fact]
    public void A_classified_fatal_error_stops_the_consumer_at_once() =>
        Assert.Equal(FailurePlan.StopConsumer, Decide(new() { Classify = _ => FailureAction.StopConsumer }, Facts(1) with { IsAlone = false }));

    [Fact]
    public void Without_a_sink_a_classified_dead_letter_stops_the_shard_instead_of_losing_the_record() =>
        Assert.Equal(FailurePlan.StopShard, Decide(new() { Classify = _ => FailureAction.Skip }, Facts(1)));

    [Fact]
    public void A_batch_is_cut_only_after_some_deliveries_as_a_whole()
    {
        var options = new FailureOptions { Bisects = true };

        Assert.Equal(FailurePlan.Retry, Decide(options, Facts(2) with { IsAlone = false }));
        Assert.Equal(FailurePlan.Isolate, Decide(options, Facts(3) with { IsAlone = false }));
        Assert.Equal(FailurePlan.Retry, Decide(options, Facts(3)));
    }

    private static FailurePlan Decide(FailureOptions options, FailureFacts facts) => new FailureRules(options).Decide(facts).Plan;

    private static FailureFacts Facts(int attempts) => new(new InvalidOperationException("no"), attempts, true, TimeSpan.Zero, TimeSpan.Zero);
}
