namespace KinesisClientNet.Hosting;

/// <summary>How long a processor and the scoped services that it was given live.</summary>
public enum HandlerScope
{
    /// <summary>One processor and one scope for each shard, from the taking of its lease to its close.</summary>
    Shard = 0,

    /// <summary>
    /// One processor and one scope for each batch, as a web request has: for scoped services that must not grow old, such as a DbContext. Only
    /// <c>ProcessAsync</c> is called, not <c>OpenAsync</c> and <c>CloseAsync</c>.
    /// </summary>
    Batch,
}
