using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace KinesisClientNet.LoadRig.Tables;

/// <summary>Prints the table as Markdown or as JSON.</summary>
internal static class TablePrinter
{
    public static void Write(IReadOnlyList<TableRow> rows, int runs)
    {
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"# {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}; medians of {runs} counted runs, least and most in brackets"));
        Console.WriteLine("| what | measured | ratio to the baseline of the run | target | command |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var row in rows)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {row.What} | {Number(row.Measured.Median)} {row.Unit} ({Number(row.Measured.Min)} to {Number(row.Measured.Max)}) | {(row.Ratio is { } ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "")} | {Target(row)} | `{row.Command}` |"));
        }
    }

    public static void WriteJson(IReadOnlyList<TableRow> rows, int runs)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new() { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("processors", Environment.ProcessorCount);
            json.WriteString("os", RuntimeInformation.OSDescription);
            json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
            json.WriteNumber("runs", runs);
            json.WriteStartArray("rows");
            foreach (var row in rows)
                WriteRow(json, row);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        Console.WriteLine(Encoding.UTF8.GetString(text.ToArray()));
    }

    private static void WriteRow(Utf8JsonWriter json, TableRow row)
    {
        json.WriteStartObject();
        json.WriteString("what", row.What);
        json.WriteString("unit", row.Unit);
        json.WriteNumber("median", Math.Round(row.Measured.Median, 4));
        json.WriteNumber("min", Math.Round(row.Measured.Min, 4));
        json.WriteNumber("max", Math.Round(row.Measured.Max, 4));
        if (row.Target is { } target)
            json.WriteNumber("target", target);
        if (row.Miss is { } miss && double.IsFinite(miss))
            json.WriteNumber("missedBy", Math.Round(miss, 4));
        if (row.Ratio is { } ratio)
            json.WriteNumber("ratioToBaseline", Math.Round(ratio, 4));
        json.WriteString("command", row.Command);
        json.WriteEndObject();
    }

    private static string Target(TableRow row) => row.Target is not { } target ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{(row.IsLess ? "≤" : "≥")} {Number(target)}: {(row.Miss == 0 ? "met" : double.IsFinite(row.Miss!.Value) ? $"missed by {row.Miss:P0}" : "missed")}");

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 1000 ? "N0" : Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
