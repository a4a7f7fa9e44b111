using System.Buffers;

namespace KinesisClientNet.Core.Service.EventStream;

/// <summary>What a message is.</summary>
internal enum EventStreamMessageType
{
    /// <summary>An event, <c>:event-type</c> says which.</summary>
    Event,

    /// <summary>A modelled error, <c>:exception-type</c> says which.</summary>
    Exception,

    /// <summary>An unmodelled error, with <c>:error-code</c> and <c>:error-message</c>.</summary>
    Error,
}

/// <summary>One message. The payload lies in the reader's buffer and is valid until that moves on.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Name">Event type, exception type or error code; empty when the message does not say.</param>
/// <param name="ErrorMessage">The words of an unmodelled error, or null.</param>
/// <param name="Payload">The payload.</param>
internal readonly record struct EventStreamMessage(EventStreamMessageType Type, string Name, string? ErrorMessage, ReadOnlySequence<byte> Payload);
