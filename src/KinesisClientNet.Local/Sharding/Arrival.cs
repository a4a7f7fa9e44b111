namespace KinesisClientNet.Local.Sharding;

/// <summary>When a record arrives.</summary>
/// <param name="Time">The clock's time, to the millisecond, or the time that a test chose.</param>
/// <param name="Horizon">Records before this time are trimmed.</param>
/// <param name="IsChosen">A test chose the time: it is kept even if it is before the last record's, and no budget is charged.</param>
internal readonly record struct Arrival(DateTimeOffset Time, DateTimeOffset Horizon, bool IsChosen = false);
