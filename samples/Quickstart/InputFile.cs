using System.IO.Compression;

namespace Quickstart;

/// <summary>The events to send: the lines of a CSV file, plain or gzip, with one column as the partition key.</summary>
internal sealed class InputFile
{
    private const string PreferredKeyColumn = "origin";
    private const int MaxKeyCharacters = 256; // Kinesis API reference, PutRecordsRequestEntry

    private InputFile(string keyColumn, IReadOnlyList<(string Key, string Line)> events) => (KeyColumn, Events) = (keyColumn, events);

    public string KeyColumn { get; }

    public IReadOnlyList<(string Key, string Line)> Events { get; }

    public static InputFile Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"--input: there is no file '{path}'. Give a CSV file with a header line, plain or gzip.");
        using Stream file = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(plain);

        var header = (reader.ReadLine() ?? throw new InvalidDataException($"--input: '{path}' is empty; a header line is expected.")).Split(',');
        var column = Math.Max(0, Array.IndexOf(header, PreferredKeyColumn));
        var events = new List<(string, string)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0)
                continue;
            var fields = line.Split(',');
            if (fields.Length <= column || fields[column].Length is 0 or > MaxKeyCharacters)
                throw new InvalidDataException($"--input: line {events.Count + 2} of '{path}' has no usable '{header[column]}' (1 to {MaxKeyCharacters} characters): it is the partition key.");
            events.Add((fields[column], line));
        }

        return events.Count > 0
            ? new(header[column], events)
            : throw new InvalidDataException($"--input: '{path}' holds a header and no events.");
    }
}
