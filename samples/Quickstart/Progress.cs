using Spectre.Console;

namespace Quickstart;

/// <summary>What the run looks like at one moment.</summary>
internal readonly record struct Snapshot(TimeSpan Elapsed, long Sent, long Delivered, int OpenShards, string Leases, TimeSpan? Lag)
{
    public override string ToString() =>
        $"{Elapsed.TotalSeconds,5:0.0} s | in {Sent,7:N0} | out {Delivered,7:N0} | open shards {OpenShards} | leases {Leases} | lag {(Lag is { } lag ? $"{lag.TotalSeconds:0.0} s" : "-")}";
}

/// <summary>Shows the run while it goes on: one line that is rewritten on a terminal, plain lines elsewhere.</summary>
internal sealed class Progress(IAnsiConsole console, Func<Snapshot> look)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public async Task RunAsync(CancellationToken stopped)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
        {
            await TickAsync(() => console.WriteLine(look().ToString()), stopped);
            return;
        }

        await console.Live(Render(look())).AutoClear(false).StartAsync(async live =>
        {
            await TickAsync(() => { live.UpdateTarget(Render(look())); live.Refresh(); }, stopped);
        });
    }

    private static async Task TickAsync(Action show, CancellationToken stopped)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stopped))
                show();
        }
        catch (OperationCanceledException)
        {
            show(); // the last word is the final state
        }
    }

    private static Table Render(Snapshot now) => new Table()
        .AddColumns("elapsed", "records in", "records out", "open shards", "leases", "lag")
        .AddRow($"{now.Elapsed.TotalSeconds:0.0} s", $"{now.Sent:N0}", $"{now.Delivered:N0}", $"{now.OpenShards}", Markup.Escape(now.Leases), now.Lag is { } lag ? $"{lag.TotalSeconds:0.0} s" : "-");
}
