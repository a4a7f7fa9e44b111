using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>One operation of the service: what its request may hold and what it does.</summary>
/// <param name="Name">The name behind <c>Kinesis_20131202.</c> in the target header.</param>
/// <param name="Members">The members of its request.</param>
/// <param name="Run">Does it and writes the answer's members; writes nothing when the operation has no output.</param>
internal sealed record Operation(string Name, IReadOnlyList<MemberRule> Members, Func<OperationCall, ValueTask> Run)
{
    /// <summary>
    /// The quick way for large requests: reads the body in place. False when anything is odd about the body; nothing is done then, and the
    /// ordinary way finds the exact refusal.
    /// </summary>
    public Func<DirectCall, ValueTask<bool>>? Direct { get; init; }

    /// <summary>Opens the subscription whose events are the answer, in the place of <see cref="Run"/>.</summary>
    public Func<OperationCall, ValueTask<IShardSubscription>>? Subscribe { get; init; }
}

/// <summary>A request body that is not read yet.</summary>
/// <param name="Body">The bytes, valid until the call ends.</param>
/// <param name="Format">Their format.</param>
/// <param name="Answer">Takes the answer.</param>
/// <param name="Cancellation">The client left, or the server stops.</param>
internal readonly record struct DirectCall(ReadOnlyMemory<byte> Body, BodyFormat Format, BodyWriter Answer, CancellationToken Cancellation);
