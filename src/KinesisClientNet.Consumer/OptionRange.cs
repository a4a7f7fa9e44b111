namespace KinesisClientNet.Consumer;

/// <summary>The message of every option that is out of range: setting, value, range.</summary>
internal static class OptionRange
{
    /// <summary>Checks a time.</summary>
    /// <exception cref="ArgumentException">It is out of range.</exception>
    public static void Check(string path, string name, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            throw new ArgumentException($"{path}.{name} is {value}; {least} to {most} is expected.");
    }
}
