namespace KinesisClientNet.Local.Server.Http;

/// <summary>The text of the <c>Date</c> header by the service's clock, made once a second: clients correct their own clock by it.</summary>
internal sealed class ResponseClock(TimeProvider timeProvider)
{
    private Stamp _last = new(long.MinValue, "");

    public string Text
    {
        get
        {
            var now = timeProvider.GetUtcNow();
            var second = now.ToUnixTimeSeconds();
            var last = _last;
            if (last.Second != second)
                _last = last = new(second, now.ToString("R"));
            return last.Text;
        }
    }

    private sealed record Stamp(long Second, string Text);
}
