using System.Formats.Cbor;
using System.Globalization;
using System.Text;

namespace KinesisClientNet.Local.Tests.Server;

/// <summary>Reads CBOR with the library that the server does not use, into one line that a test can compare.</summary>
internal static class CborText
{
    public static string Of(byte[] cbor)
    {
        var reader = new CborReader(cbor, CborConformanceMode.Lax);
        var text = new StringBuilder();
        Write(reader, text);
        Assert.Equal(0, reader.BytesRemaining);
        return text.ToString();
    }

    private static void Write(CborReader reader, StringBuilder text)
    {
        switch (reader.PeekState())
        {
            case CborReaderState.StartMap:
                Container(reader, text, '{', '}', CborReaderState.EndMap, reader.ReadStartMap, reader.ReadEndMap);
                break;
            case CborReaderState.StartArray:
                Container(reader, text, '[', ']', CborReaderState.EndArray, reader.ReadStartArray, reader.ReadEndArray);
                break;
            case CborReaderState.TextString:
                text.Append(reader.ReadTextString());
                break;
            case CborReaderState.ByteString:
                text.Append("h'").Append(Convert.ToHexString(reader.ReadByteString())).Append('\'');
                break;
            case CborReaderState.Tag:
                text.Append(CultureInfo.InvariantCulture, $"#{(ulong)reader.ReadTag()} ");
                Write(reader, text);
                break;
            case CborReaderState.Boolean:
                text.Append(reader.ReadBoolean() ? "true" : "false");
                break;
            default:
                text.Append(reader.ReadInt64().ToString(CultureInfo.InvariantCulture));
                break;
        }
    }

    private static void Container(
        CborReader reader, StringBuilder text, char open, char close, CborReaderState end, Func<int?> readStart, Action readEnd)
    {
        Assert.Null(readStart()); // the service writes indefinite lengths
        text.Append(open);
        for (var i = 0; reader.PeekState() != end; i++)
        {
            text.Append(i == 0 ? "" : open == '{' && i % 2 == 1 ? ":" : ",");
            Write(reader, text);
        }

        readEnd();
        text.Append(close);
    }
}
