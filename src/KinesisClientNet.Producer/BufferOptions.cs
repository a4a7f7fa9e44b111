namespace KinesisClientNet.Producer;

/// <summary>The memory that records may hold from the moment they are accepted until their outcome is known. The only place that makes callers wait.</summary>
public sealed class BufferOptions
{
    /// <summary>Upper limit in bytes of data, keys and bookkeeping. Holds in an outage; the process needs up to 15 % more for buffers in transit.</summary>
    /// <value>Default 67,108,864 (64 MiB). Range 65,536 to 2^39.</value>
    public long MaxBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>Upper limit in user records.</summary>
    /// <value>Default 1,000,000. Range 1 to 16,000,000.</value>
    public int MaxRecords { get; set; } = 1_000_000;

    /// <summary>What a call does that finds the buffer full.</summary>
    /// <value>Default <see cref="BufferFullMode.Wait"/>.</value>
    public BufferFullMode WhenFull { get; set; } = BufferFullMode.Wait;
}
