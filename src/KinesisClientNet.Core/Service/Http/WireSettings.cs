using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>What every attempt needs to know.</summary>
/// <param name="ConnectTimeout">How long the handler may connect; for messages.</param>
/// <param name="AttemptTimeout">How long an attempt may take in all.</param>
/// <param name="TimeProvider">Time.</param>
/// <param name="Logger">Where to log.</param>
internal sealed record WireSettings(TimeSpan ConnectTimeout, TimeSpan AttemptTimeout, TimeProvider TimeProvider, ILogger Logger);
