using System.Globalization;
using System.Text;
using System.Text.Json;
using KinesisClientNet.Core.Service.Cbor;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>Turns an answer that is not 200 into the error that callers see.</summary>
internal static class ServiceErrors
{
    private const int MaxMessageChars = 2000;

    /// <summary>Reads code and message: header <c>x-amzn-ErrorType</c> first, because CBOR fronts fill it reliably, then the body.</summary>
    public static KinesisApiException Read(KinesisOperation operation, string host, WireResponse response, string? headerType, TimeSpan? retryAfter)
    {
        string? bodyType = null, message = null;
        try
        {
            if (response.Body.Length > 0)
                (bodyType, message) = response.Format == KinesisWireFormat.Cbor ? ReadCbor(response.Body.WrittenSpan) : ReadJson(response.Body.WrittenSpan);
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException)
        {
            // Front ends answer XML or text at times: the status must do, and the body is shown.
            message = Encoding.UTF8.GetString(response.Body.WrittenSpan[..Math.Min(response.Body.Length, 200)]);
        }

        var code = ErrorCatalogue.BareCode(headerType ?? bodyType ?? "");
        if (code.Length == 0)
            code = "HttpStatus" + response.Status.ToString(CultureInfo.InvariantCulture);
        return Create(operation, host, code, message, response.Status, response.RequestId, retryAfter);
    }

    /// <summary>An error of the service.</summary>
    public static KinesisApiException Create(KinesisOperation operation, string host, string code, string? message, int status, string? requestId, TimeSpan? retryAfter = null)
    {
        var kind = ErrorCatalogue.Classify(code, status, message);
        var said = string.IsNullOrEmpty(message) ? "no message" : message.Length > MaxMessageChars ? message[..MaxMessageChars] : message;
        return new(
            kind, code,
            $"{operation.Name} at {host} failed with {code} (status {status}, request id {requestId ?? "none"}): {said}{NextStep(kind)}",
            status, requestId) { RetryAfter = retryAfter };
    }

    /// <summary>The message of a JSON error body; null when there is none.</summary>
    public static string? ReadJsonMessage(ReadOnlySpan<byte> body) => body.IsEmpty ? null : ReadJson(body).Message;

    private static string NextStep(KinesisErrorKind kind) => kind switch
    {
        KinesisErrorKind.AccessDenied => " Check the IAM policy of the credentials.",
        KinesisErrorKind.Authentication => " Check Connection.Credentials and the machine's clock.",
        KinesisErrorKind.KeyUnavailable => " Check the stream's KMS key.",
        KinesisErrorKind.NotFound => " Check the name, the region and the account.",
        KinesisErrorKind.LimitExceeded => " Ask AWS for a higher quota or free some.",
        KinesisErrorKind.RequestTooLarge => " Split the batch.",
        _ => "",
    };

    private static (string? Type, string? Message) ReadJson(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new() { MaxDepth = 32 });
        string? type = null, message = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("__type"u8) || reader.ValueTextEquals("code"u8);
            var isMessage = reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("Message"u8) || reader.ValueTextEquals("errorMessage"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
                type ??= reader.GetString();
            else if (isMessage && reader.TokenType == JsonTokenType.String)
                message ??= reader.GetString();
            else
                reader.Skip();
        }

        return (type, message);
    }

    private static (string? Type, string? Message) ReadCbor(ReadOnlySpan<byte> body)
    {
        var reader = new CborSpanReader(body);
        string? type = null, message = null;
        var map = reader.ReadMapStart();
        while (reader.MoveNext(ref map))
        {
            var key = reader.ReadText();
            var isType = key.SequenceEqual("__type"u8) || key.SequenceEqual("code"u8);
            var isMessage = key.SequenceEqual("message"u8) || key.SequenceEqual("Message"u8);
            if ((isType || isMessage) && reader.PeekMajor() == CborMajor.Text)
            {
                var text = reader.ReadTextAsString();
                (type, message) = isType ? (type ?? text, message) : (type, message ?? text);
            }
            else
            {
                reader.Skip();
            }
        }

        return (type, message);
    }
}
