namespace KinesisClientNet.Local.Reading;

/// <summary>What a token is for; a token of one kind is not taken for another.</summary>
internal enum TokenKind : byte
{
    ShardIterator = 1,
    ShardListing = 2,
    ConsumerListing = 3,
    StreamListing = 4,
}

/// <summary>What a token means.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="StreamKey">The incarnation of the stream.</param>
/// <param name="ShardIndex">The shard of an iterator; the last shard listed.</param>
/// <param name="Position">The counter of an iterator; the place in a listing.</param>
/// <param name="Extra">The filter's time in a listing of shards.</param>
internal readonly record struct TokenContent(TokenKind Kind, long StreamKey, int ShardIndex, long Position, long Extra = 0);
