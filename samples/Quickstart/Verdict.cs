using System.Globalization;
using Spectre.Console;

namespace Quickstart;

/// <summary>What the producer reported: user records delivered and failed, and the Kinesis records that carried the delivered ones.</summary>
internal readonly record struct ProducerTotals(long Delivered, long Failed, long KinesisRecords);

/// <summary>Prints the busiest keys and the judgement.</summary>
internal sealed class Verdict(IAnsiConsole console, string keyColumn)
{
    private const int Rows = 5;

    public bool Print(Ledger ledger, ProducerTotals totals, int expected, TimeSpan elapsed)
    {
        console.WriteLine();
        var table = new Table().Title($"The {Rows} busiest of {ledger.Keys:N0} keys").AddColumns(keyColumn, "events", "mean delay, min", "shards");
        foreach (var key in ledger.Busiest(Rows))
            table.AddRow(Markup.Escape(key.Key), $"{key.Count:N0}", key.MeanDelay?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-", Markup.Escape(string.Join(", ", key.Shards)));
        console.Write(table);

        var ok = Line(totals.Delivered == expected && totals.Failed == 0, $"{totals.Delivered:N0} of {expected:N0} in: each has its receipt, {totals.Failed:N0} failed")
            & Line(ledger.Delivered == expected, $"{ledger.Delivered:N0} of {expected:N0} out, {expected - ledger.Delivered:N0} lost, {ledger.Duplicates:N0} delivered more than once (at-least-once; they stem from the split)")
            & Line(ledger.OutOfOrder == 0, $"order per {keyColumn} kept, across the split too ({ledger.OutOfOrder:N0} out of order)")
            & Line(totals.KinesisRecords > 0, $"aggregation ratio {(double)totals.Delivered / Math.Max(1, totals.KinesisRecords):0.0}: {totals.Delivered:N0} records in {totals.KinesisRecords:N0} Kinesis records");
        console.WriteLine($"{(ok ? "PASSED" : "FAILED")} in {elapsed.TotalSeconds:0.0} s");
        return ok;
    }

    private bool Line(bool holds, string text)
    {
        console.WriteLine($"{(holds ? "ok  " : "FAIL")} {text}");
        return holds;
    }
}
