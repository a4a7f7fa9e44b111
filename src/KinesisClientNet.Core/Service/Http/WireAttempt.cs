using Amazon.Runtime;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>What one attempt claimed and met: who signed it, when, and what the service's clock said.</summary>
internal sealed class WireAttempt
{
    public ImmutableCredentials? Credentials { get; set; }

    public DateTimeOffset SignedAt { get; set; }

    public DateTimeOffset? ServiceTime { get; set; }
}
