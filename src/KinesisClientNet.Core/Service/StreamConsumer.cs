namespace KinesisClientNet.Core.Service;

/// <summary>A registered enhanced fan-out consumer of a stream.</summary>
/// <param name="ConsumerName">Its name, unique per stream.</param>
/// <param name="ConsumerArn">Its ARN; a consumer that is deleted and created again has another one.</param>
/// <param name="ConsumerStatus"><c>CREATING</c>, <c>ACTIVE</c> or <c>DELETING</c>.</param>
/// <param name="ConsumerCreationTimestamp">When it was registered.</param>
/// <param name="StreamArn">Its stream; null where the operation does not return it.</param>
public sealed record StreamConsumer(
    string ConsumerName, string ConsumerArn, string ConsumerStatus, DateTimeOffset ConsumerCreationTimestamp, string? StreamArn = null);

/// <summary>One page of a listing of consumers.</summary>
/// <param name="Consumers">The consumers.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record StreamConsumersPage(IReadOnlyList<StreamConsumer> Consumers, string? NextToken);
