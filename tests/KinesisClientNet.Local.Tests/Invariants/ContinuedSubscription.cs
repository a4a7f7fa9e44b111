using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Local.Tests.Invariants;

/// <summary>Reads a shard by one subscription after another, each after the last one's continuation.</summary>
internal sealed class ContinuedSubscription(LocalFixture local, StreamConsumer consumer, string shardId)
{
    private StartingPosition _position = StartingPosition.TrimHorizon;

    public List<string> Texts { get; } = [];

    public bool Ended { get; private set; }

    /// <summary>Takes over with a new subscription and reads so many events.</summary>
    public async Task ReadAsync(int events)
    {
        local.Clock.Advance(TimeSpan.FromSeconds(5));
        if (Ended)
            return;
        await using var subscription = await local.Kinesis.SubscribeToShardAsync(consumer.ConsumerArn, shardId, _position, LocalFixture.Token);
        await using var enumerator = subscription.GetAsyncEnumerator(LocalFixture.Token);
        for (var i = 0; i < events; i++)
        {
            var next = enumerator.MoveNextAsync();
            if (!next.IsCompleted)
                local.Clock.Advance(TimeSpan.FromSeconds(5));
            if (!await next)
                return;
            Texts.AddRange(enumerator.Current.Records.Select(static record => LocalFixture.Text(record)));
            Ended = enumerator.Current.ContinuationSequenceNumber is null;
            if (enumerator.Current.ContinuationSequenceNumber is { } number)
                _position = StartingPosition.After(number);
        }
    }

    /// <summary>One event brings everything that is there.</summary>
    public Task ReadToTipAsync() => ReadAsync(1);
}
