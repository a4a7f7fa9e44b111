using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void The_defaults_with_a_stream_and_an_application_are_right()
    {
        var options = Options();

        Assert.NotSame(options.Retrieval, options.CopyChecked().Retrieval);
    }

    [Fact]
    public void One_error_names_every_wrong_setting_its_value_and_its_range()
    {
        var options = new KinesisConsumerOptions
        {
            StartFrom = StartingPositionType.AtTimestamp,
            Retrieval = { PrefetchBytes = 5, Polling = { MaxRecords = 0 } },
            Processing = { Concurrency = 0 },
        };

        var error = Assert.Throws<ArgumentException>(() => options.CopyChecked());

        Assert.Contains("StreamName is null", error.Message, StringComparison.Ordinal);
        Assert.Contains("ApplicationName is ''", error.Message, StringComparison.Ordinal);
        Assert.Contains("StartTimestamp is null", error.Message, StringComparison.Ordinal);
        Assert.Contains("Retrieval.PrefetchBytes is '5'; expected: 1048576 to", error.Message, StringComparison.Ordinal);
        Assert.Contains("Retrieval.Polling.MaxRecords is '0'; expected: 1 to 10000", error.Message, StringComparison.Ordinal);
        Assert.Contains("Processing.Concurrency is '0'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Demand story L1: skipping without a sink must not be possible by accident.</summary>
    [Theory]
    [InlineData(FailureAction.Skip)]
    [InlineData(FailureAction.DeadLetter)]
    [Trait("Story", "L1")]
    public void Records_cannot_leave_a_shard_without_a_sink(FailureAction action)
    {
        var options = Options();
        (options.Failure.Action, options.Failure.MaxAttempts) = (action, 3);

        var error = Assert.Throws<ArgumentException>(() => options.CopyChecked());

        Assert.Contains("Failure.DeadLetters is null", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_without_an_action_say_nothing_and_are_refused()
    {
        var options = Options();
        options.Failure.MaxAttempts = 3;

        Assert.Contains("Failure.Action", Assert.Throws<ArgumentException>(() => options.CopyChecked()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Later_changes_have_no_effect()
    {
        var options = Options();
        var copy = options.CopyChecked();

        options.Failure.MaxBackoff = TimeSpan.FromMinutes(30);
        options.Retrieval.Polling.MaxRecords = 7;

        Assert.Equal(TimeSpan.FromSeconds(30), copy.Failure.MaxBackoff);
        Assert.Equal(10_000, copy.Retrieval.Polling.MaxRecords);
    }

    private static KinesisConsumerOptions Options() => new() { StreamName = "orders", ApplicationName = "billing" };
}
