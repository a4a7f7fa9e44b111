using System.Globalization;
using System.Text.Json;

namespace KinesisClientNet.LoadRig.Measuring;

/// <summary>Prints runs as medians; ratios are taken pair by pair against the first row, because a shared machine drifts.</summary>
internal static class ResultTable
{
    public static void Write(string title, IReadOnlyList<IReadOnlyList<RunResult>> rows)
    {
        Console.WriteLine($"# {title}");
        Console.WriteLine("| run | records/s | MB/s | CPU-s per million | ratio of CPU | allocated B/record | peak RSS MB | failed |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var row in rows)
        {
            var ratio = Median(row.Zip(rows[0], (mine, first) => mine.CpuSecondsPerMillion / first.CpuSecondsPerMillion));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {row[0].Name} | {Median(row.Select(r => r.RecordsPerSecond)):N0} | {Median(row.Select(r => r.MegabytesPerSecond)):N0} | {Median(row.Select(r => r.CpuSecondsPerMillion)):0.00} | {ratio:0.00} | {Median(row.Select(r => r.AllocatedPerRecord)):N0} | {row.Max(r => r.Usage.PeakResidentBytes) / 1e6:N0} | {row.Sum(r => r.Failed)} |"));
        }
    }

    public static void WriteJson(IReadOnlyList<IReadOnlyList<RunResult>> rows)
    {
        foreach (var run in rows.SelectMany(r => r))
        {
            using var line = new MemoryStream();
            using (var json = new Utf8JsonWriter(line))
            {
                json.WriteStartObject();
                json.WriteString("run", run.Name);
                json.WriteNumber("records", run.Records);
                json.WriteNumber("recordBytes", run.RecordBytes);
                json.WriteNumber("recordsPerSecond", run.RecordsPerSecond);
                json.WriteNumber("cpuSecondsPerMillion", run.CpuSecondsPerMillion);
                json.WriteNumber("allocatedBytesPerRecord", run.AllocatedPerRecord);
                json.WriteNumber("peakResidentBytes", run.Usage.PeakResidentBytes);
                json.WriteNumber("failed", run.Failed);
                json.WriteEndObject();
            }

            Console.WriteLine(System.Text.Encoding.UTF8.GetString(line.ToArray()));
        }
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
