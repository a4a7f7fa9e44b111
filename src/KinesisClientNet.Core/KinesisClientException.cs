namespace KinesisClientNet.Core;

/// <summary>Root of the errors that KinesisClientNet itself raises. A user's own exception is never wrapped in it.</summary>
public abstract class KinesisClientException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What failed, on which stream, shard or setting, and the next step.</param>
    /// <param name="isTransient">Whether the same call may succeed later without anybody changing anything.</param>
    /// <param name="innerException">The cause, or null.</param>
    protected KinesisClientException(string message, bool isTransient, Exception? innerException = null)
        : base(message, innerException) => IsTransient = isTransient;

    /// <summary>True when the same call may succeed later without anybody changing anything (throttle, service fault, network).</summary>
    public bool IsTransient { get; }
}
