using System.Globalization;

namespace KinesisClientNet.Simulation;

/// <summary>What can happen to a fleet. New kinds stand at the end: a plan's text names them.</summary>
internal enum Disturbance
{
    Split, Merge, Update, Crash, StopWorker, AddWorker, Freeze, Thaw, Partition, Heal, JumpClock, SkewWorker,
    ThrottlePuts, LoseAnswer, FailKinesis, StaleListing, CutSubscriptions, ExpireIterators, FailStore, LoseStoreAnswers, FailHandlers,
    ThrottleReads, LoseRequest, FailEntries, DelayAnswers, Deploy, FailDeadLetters, DelayStore, SlowHandlers,
}

/// <summary>One thing that happens at one step.</summary>
/// <param name="Step">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Number">To whom, how much: 0 to 999.</param>
internal readonly record struct Event(int Step, Disturbance Kind, int Number)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"step {Step}: {Kind} {Number}");

    /// <exception cref="FormatException">The line is not an event.</exception>
    public static Event Parse(string line)
    {
        var words = line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries);
        return words is ["step", var step, var kind, var number] && Enum.TryParse<Disturbance>(kind, out var disturbance)
            ? new(int.Parse(step, CultureInfo.InvariantCulture), disturbance, int.Parse(number, CultureInfo.InvariantCulture))
            : throw new FormatException($"'{line}' is not an event such as 'step 12: Split 7'.");
    }
}
