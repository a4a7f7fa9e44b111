using System.Globalization;

namespace KinesisClientNet.Consumer;

/// <summary>Collects what is wrong with options, so that one error names everything.</summary>
internal sealed class OptionProblems
{
    private readonly List<string> _problems = [];

    public void Check(bool isRight, string path, object? value, string expected)
    {
        if (!isRight)
            _problems.Add(string.Create(CultureInfo.InvariantCulture, $"{path} is {(value is null ? "null" : $"'{value}'")}; expected: {expected}."));
    }

    public void CheckRange<T>(string path, T value, T least, T most)
        where T : IComparable<T> =>
        Check(value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0, path, value, string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"));

    public void CheckRange<T>(string path, T? value, T least, T most)
        where T : struct, IComparable<T>
    {
        if (value is { } number)
            CheckRange(path, number, least, most);
    }

    /// <exception cref="ArgumentException">There is a problem.</exception>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0)
            throw new ArgumentException("The consumer's options are wrong: " + string.Join(" ", _problems));
    }
}
