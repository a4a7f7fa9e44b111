using System.Text;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Wire;
using Microsoft.AspNetCore.Http;

namespace KinesisClientNet.Local.Server.Http;

/// <summary>Puts finished answers and errors on the wire.</summary>
internal static class AnswerSender
{
    /// <summary>What is handed to the connection at once; the connection makes us wait before it holds much more than this.</summary>
    private const int PieceBytes = 64 * 1024;

    public static Task SendAsync(HttpResponse response, BodyWriter answer, BodyFormat format, CancellationToken cancellationToken)
    {
        answer.Complete();
        response.ContentType = format.ContentType();
        response.ContentLength = answer.Body.Length;
        return SendAsync(response, answer.Body.WrittenMemory, cancellationToken);
    }

    /// <summary>Sends an error with the service's status, <c>x-amzn-ErrorType</c> and a body of <c>__type</c> and <c>message</c> in the request's format.</summary>
    public static Task SendErrorAsync(HttpResponse response, KinesisApiException error, BodyWriter answer, BodyFormat format, CancellationToken cancellationToken)
    {
        response.StatusCode = StatusOf(error);
        response.Headers["x-amzn-ErrorType"] = error.Code;
        answer.Reset();
        answer.StartMap();
        answer.Text("__type"u8, error.Code);

        // The service spells the member of this one error with a capital letter, and leaves it out where there is nothing to say.
        if (error.Message.Length > 0)
            answer.Text(error.Code == "SerializationException" ? "Message"u8 : "message"u8, error.Message);
        answer.EndMap();
        return SendAsync(response, answer, format, cancellationToken);
    }

    /// <summary>Sends one of the front end's few errors that are XML.</summary>
    public static Task SendXmlAsync(HttpResponse response, int status, string code, string xml, CancellationToken cancellationToken)
    {
        response.StatusCode = status;
        response.Headers["x-amzn-ErrorType"] = code;
        response.ContentType = "application/xml";
        var body = Encoding.UTF8.GetBytes(xml);
        response.ContentLength = body.Length;
        return SendAsync(response, body, cancellationToken);
    }

    public static async Task SendAsync(HttpResponse response, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, PieceBytes)];
            await response.BodyWriter.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            bytes = bytes[piece.Length..];
        }
    }

    private static int StatusOf(KinesisApiException error) => error switch
    {
        { HttpStatus: > 0 } => error.HttpStatus,
        { Kind: KinesisErrorKind.ServiceFault } => StatusCodes.Status500InternalServerError,
        { Kind: KinesisErrorKind.RequestTooLarge } => StatusCodes.Status413PayloadTooLarge,
        _ => StatusCodes.Status400BadRequest,
    };
}
