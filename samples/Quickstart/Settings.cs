using System.CommandLine;
using System.CommandLine.Parsing;

namespace Quickstart;

/// <summary>What to run against. Without arguments: an embedded Kinesis on a free loopback port, and 20,000 flights.</summary>
internal sealed record Settings(Uri? Endpoint, string Stream, string Input, bool IsVerbose)
{
    private const string DefaultStream = "flights";
    private static string DefaultInput => Path.Combine(AppContext.BaseDirectory, "data", "flights-20k.csv.gz");

    public static RootCommand Command(Func<Settings, CancellationToken, Task<int>> run)
    {
        var endpoint = new Option<Uri?>("--endpoint") { CustomParser = ParseUrl, Description = "A Kinesis endpoint, for instance http://127.0.0.1:4566. Default: an embedded one." };
        var stream = new Option<string>("--stream") { DefaultValueFactory = _ => DefaultStream, Description = "The stream; created with 4 shards when it does not exist." };
        var input = new Option<string>("--input") { DefaultValueFactory = _ => DefaultInput, Description = "A CSV file with a header, plain or .gz; key = column 'origin', else the first." };
        var verbose = new Option<bool>("--verbose") { Description = "Show what the library logs." };
        var command = new RootCommand("Sends real events through the producer, reads them back with two workers while a shard splits, and proves that nothing was lost.")
        {
            endpoint, stream, input, verbose,
        };
        command.SetAction((parsed, cancellationToken) =>
            run(new(parsed.GetValue(endpoint), parsed.GetValue(stream)!, parsed.GetValue(input)!, parsed.GetValue(verbose)), cancellationToken));
        return command;
    }

    private static Uri? ParseUrl(ArgumentResult argument)
    {
        if (Uri.TryCreate(argument.Tokens[0].Value, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https"))
            return url;
        argument.AddError($"--endpoint: '{argument.Tokens[0].Value}' is not an http or https address such as http://127.0.0.1:4566.");
        return null;
    }
}
