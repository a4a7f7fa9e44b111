using Quickstart;
using Spectre.Console;

if (!AnsiConsole.Profile.Capabilities.Interactive)
    AnsiConsole.Profile.Width = 200; // a log has no window to fit into

return await Settings.Command(async (settings, cancellationToken) =>
{
    try
    {
        return await MainJob.RunAsync(settings, AnsiConsole.Console, cancellationToken) ? 0 : 1;
    }
    catch (Exception error) when (error is IOException or InvalidDataException or TimeoutException or KinesisClientNet.Core.KinesisClientException)
    {
        await Console.Error.WriteLineAsync(error.Message);
        return 2;
    }
}).Parse(args).InvokeAsync();
