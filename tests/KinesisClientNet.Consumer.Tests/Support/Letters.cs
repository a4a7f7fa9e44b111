using System.Buffers;
using KinesisClientNet.Core;

namespace KinesisClientNet.Consumer.Tests.Support;

/// <summary>Dead letters in memory, after a number of failures.</summary>
public sealed class Letters(List<DeadLetter> letters) : IDeadLetterSink
{
    public int Failures { get; set; }

    public ValueTask WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        if (Failures > 0)
        {
            Failures--;
            throw new IOException("disk full");
        }

        lock (letters)
            letters.Add(letter);
        return default;
    }
}

/// <summary>Numbers as text.</summary>
public sealed class Numbers : ISerializer<int>
{
    public void Serialize(int message, IBufferWriter<byte> output) => throw new NotSupportedException();

    public int Deserialize(ReadOnlySpan<byte> data) => int.Parse(data);
}
