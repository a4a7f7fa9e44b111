using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>The ways in which a default may be written in a documentation text.</summary>
internal static class OptionText
{
    private static readonly (long Factor, string Unit)[] Binary = [(1L << 30, "GiB"), (1L << 20, "MiB"), (1L << 10, "KiB")];

    private static readonly (TimeSpan Time, string Name)[] NamedTimes =
    [
        (Timeout.InfiniteTimeSpan, "infinite"), (Timeout.InfiniteTimeSpan, "F:System.Threading.Timeout.InfiniteTimeSpan"),
        (TimeSpan.MaxValue, "no limit"), (TimeSpan.Zero, "zero"), (TimeSpan.Zero, "F:System.TimeSpan.Zero"),
    ];

    public static bool Contains(string text, string rendering) =>
        Regex.IsMatch(text, $@"(?<![\w.,]){Regex.Escape(rendering)}(?![\w]|[.,]\d)", RegexOptions.IgnoreCase);

    public static IEnumerable<string> AcceptedFor(object? value) => value switch
    {
        null => ["null", "none", "not set", "unset"],
        bool flag => [flag ? "true" : "false"],
        string { Length: 0 } => ["empty", "none"],
        TimeSpan time => Times(time),
        Enum member => [member.ToString(), $"F:{member.GetType().FullName}.{member}"],
        string text => [text],
        double or float or decimal => Fractions(Convert.ToDecimal(value, CultureInfo.InvariantCulture)),
        IConvertible => Numbers(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        IEnumerable list when !list.Cast<object>().Any() => ["empty", "none"],
        _ when value.GetType().Namespace?.StartsWith("KinesisClientNet", StringComparison.Ordinal) == true => ["default", "defaults"], // its own members say theirs
        _ => [value.ToString() ?? ""],
    };

    private static IEnumerable<string> Times(TimeSpan time)
    {
        yield return time.ToString("c", CultureInfo.InvariantCulture);
        foreach (var (_, name) in NamedTimes.Where(named => named.Time == time))
            yield return name;
        foreach (var (amount, units) in new (double, string[])[]
        {
            (time.TotalMilliseconds, ["ms", "milliseconds", "millisecond"]), (time.TotalSeconds, ["s", "seconds", "second"]),
            (time.TotalMinutes, ["min", "minutes", "minute"]), (time.TotalHours, ["h", "hours", "hour"]), (time.TotalDays, ["d", "days", "day"]),
        })
        {
            foreach (var unit in units)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{amount:0.###} {unit}");
                yield return string.Create(CultureInfo.InvariantCulture, $"{amount:#,0.###} {unit}");
                if (Word(amount) is { } word)
                    yield return $"{word} {unit}";
            }
        }
    }

    private static IEnumerable<string> Numbers(long number)
    {
        yield return number.ToString(CultureInfo.InvariantCulture);
        yield return number.ToString("#,0", CultureInfo.InvariantCulture);
        if (Word(number) is { } word)
            yield return word;
        foreach (var (factor, unit) in Binary.Where(entry => number >= entry.Factor && number % entry.Factor == 0))
            yield return $"{number / factor} {unit}";
        if (number is int.MaxValue or long.MaxValue)
        {
            yield return "no limit";
            yield return number == int.MaxValue ? "F:System.Int32.MaxValue" : "F:System.Int64.MaxValue";
        }
    }

    private static IEnumerable<string> Fractions(decimal number)
    {
        yield return number.ToString("0.######", CultureInfo.InvariantCulture);
        yield return number.ToString("0.######", CultureInfo.InvariantCulture) + " %";
        yield return (number * 100).ToString("0.####", CultureInfo.InvariantCulture) + " %";
    }

    private static string? Word(double amount) => amount switch
    {
        0 => "zero", 1 => "one", 2 => "two", 3 => "three", 4 => "four", 5 => "five", 6 => "six", 10 => "ten", _ => null,
    };
}
