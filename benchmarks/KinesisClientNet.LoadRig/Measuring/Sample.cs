namespace KinesisClientNet.LoadRig.Measuring;

/// <summary>A quantity that was measured several times.</summary>
internal readonly record struct Sample(double Median, double Min, double Max)
{
    public static Sample Of(IEnumerable<double> values)
    {
        var all = values.ToArray();
        return new(ResultTable.Median(all), all.Min(), all.Max());
    }
}
