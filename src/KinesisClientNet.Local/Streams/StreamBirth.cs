namespace KinesisClientNet.Local.Streams;

/// <summary>What is fixed when a stream is made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arn">Its ARN.</param>
/// <param name="Key">Tells this incarnation from an earlier one of the same name: iterators and tokens hold it.</param>
/// <param name="CreatedAt">When CreateStream was called.</param>
/// <param name="FirstShards">How many shards it has when it becomes ACTIVE.</param>
internal sealed record StreamBirth(string Name, string Arn, long Key, DateTimeOffset CreatedAt, int FirstShards);
