namespace KinesisClientNet.Core.Service.Http;

/// <summary>Says what it means that an attempt brought no usable answer.</summary>
internal static class AttemptFailures
{
    /// <summary>Translates an exception of the HTTP stack.</summary>
    /// <param name="call">The call.</param>
    /// <param name="error">What the stack threw.</param>
    /// <param name="wasSent">Whether the body began to go out: if not, nothing can have been applied.</param>
    /// <param name="deadlinePassed">Whether the attempt's deadline ended it.</param>
    /// <param name="settings">For the numbers of the message.</param>
    public static KinesisApiException Translate(WireCall call, Exception error, bool wasSent, bool deadlinePassed, WireSettings settings)
    {
        var where = $"{call.Operation.Name} at {call.Endpoint.Host}";
        if (error is FormatException)
            return new(KinesisErrorKind.MalformedResponse, ErrorCatalogue.MalformedResponse, $"{where}: {error.Message}.", innerException: error);
        if (!wasSent)
        {
            var limit = deadlinePassed ? $" within Connection.AttemptTimeout ({settings.AttemptTimeout})"
                : error is OperationCanceledException ? $" within Connection.ConnectTimeout ({settings.ConnectTimeout})" : $": {error.Message}";
            return new(
                KinesisErrorKind.Connection, ErrorCatalogue.ConnectionFailed,
                $"{where}: no connection could be made{limit}. Nothing was sent. Check the address, the network and Connection.MaxConnections.", innerException: error);
        }

        return deadlinePassed
            ? new(
                KinesisErrorKind.Connection, ErrorCatalogue.RequestTimeout,
                $"{where}: no whole answer within Connection.AttemptTimeout ({settings.AttemptTimeout}). The call may have been applied.", innerException: error)
            : new(
                KinesisErrorKind.Connection, ErrorCatalogue.ConnectionLost,
                $"{where}: the connection broke before a whole answer came: {error.Message} The call may have been applied.", innerException: error);
    }
}
