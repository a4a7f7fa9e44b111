using KinesisClientNet.LoadRig.Measuring;

namespace KinesisClientNet.LoadRig.Tables;

/// <summary>One line of the README's table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Unit">In which unit.</param>
/// <param name="Measured">Median, least and most of the runs.</param>
/// <param name="Target">What was aimed at; null for none.</param>
/// <param name="IsLess">Whether less is better.</param>
/// <param name="Ratio">Median of the ratios to the baseline of the same round; null without one.</param>
/// <param name="Command">The command that repeats this line alone.</param>
internal sealed record TableRow(string What, string Unit, Sample Measured, double? Target, bool IsLess, double? Ratio, string Command)
{
    /// <summary>By how much the target is missed, as a part of it; 0 when it is met, null without a target.</summary>
    public double? Miss => Target is not { } target ? null
        : IsLess ? (Measured.Median <= target ? 0 : target == 0 ? double.PositiveInfinity : (Measured.Median / target) - 1)
        : Measured.Median >= target ? 0 : 1 - (Measured.Median / target);
}
