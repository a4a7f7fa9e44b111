using System.Formats.Cbor;
using System.Text;
using System.Text.Json;
using CsCheck;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Server.Operations;
using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;

namespace KinesisClientNet.Local.Tests.Server;

/// <summary>The quick way of PutRecords must do what the ordinary way does, or leave the request to it.</summary>
public sealed class PutRecordsBodyTests
{
    private static readonly Gen<string> Key = Gen.OneOf(
        Gen.String[Gen.Char.AlphaNumeric, 1, 12], Gen.OneOf(Consts("", "ä€😀", "with \"quotes\" and \\", new string('k', 256), new string('k', 257))));

    private static readonly Gen<string?> HashKey = Gen.OneOf(Consts<string?>(
        null, null, null, "0", "7", "340282366920938463463374607431768211455", "340282366920938463463374607431768211456", "01", "", "-1", "1e5", " 1"));

    private static readonly Gen<(byte[] Data, string? Key, string? HashKey)> Entry = Gen.Select(Gen.Byte.Array[0, 40], Key.Null(0.1), HashKey);

    private static readonly Gen<(byte[] Data, string? Key, string? HashKey)[]> Entries = Entry.Array[0, 6];

    [Fact]
    public void Both_ways_read_the_same_records_from_JSON_or_the_quick_way_declines() =>
        Gen.Select(Entries, Gen.Bool).Sample(request => AssertAgreement(Json(request.Item1, request.Item2), BodyFormat.Json));

    [Fact]
    public void Both_ways_read_the_same_records_from_CBOR_or_the_quick_way_declines() =>
        Gen.Select(Entries, Gen.Bool).Sample(request => AssertAgreement(Cbor(request.Item1, request.Item2), BodyFormat.Cbor));

    [Fact]
    public void A_damaged_body_never_reaches_the_service_differently_by_the_two_ways() =>
        Gen.Select(Entries, Gen.Bool, Gen.Int[0, 10_000], Gen.Byte).Sample((entries, isCbor, at, value) =>
        {
            var body = isCbor ? Cbor(entries, true) : Json(entries, true);
            body[at % body.Length] = value;
            AssertAgreement(body, isCbor ? BodyFormat.Cbor : BodyFormat.Json);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_quick_way_takes_what_producers_send(bool isCbor)
    {
        (byte[], string?, string?)[] entries = [([1, 2, 3], "k", null), (new byte[1000], "ä", "17"), ([], new string('k', 256), null)];

        using var body = new PutRecordsBody();

        Assert.True(isCbor ? body.TryRead(Cbor(entries, true), BodyFormat.Cbor) : body.TryRead(Json(entries, true), BodyFormat.Json));
        Assert.Equal(3, body.Request.Entries.Length);
        Assert.Equal("orders", body.Request.Stream.Name);
    }

    [Fact]
    public void The_quick_way_takes_five_hundred_records_and_no_more()
    {
        var entries = Enumerable.Repeat((new byte[] { 1 }, (string?)"k", (string?)null), 501).ToArray();
        using var most = new PutRecordsBody();
        using var tooMany = new PutRecordsBody();

        Assert.True(most.TryRead(Json(entries[..500], true), BodyFormat.Json));
        Assert.False(tooMany.TryRead(Json(entries, true), BodyFormat.Json));
    }

    private static IGen<T>[] Consts<T>(params T[] values) => [.. values.Select(value => Gen.Const(value))];

    private static void AssertAgreement(byte[] body, BodyFormat format)
    {
        using var quick = new PutRecordsBody();
        if (!quick.TryRead(body, format))
            return;
        var ordinary = Ordinary(body, format);
        Assert.Equal(ordinary.Stream, quick.Request.Stream);
        Assert.Equal(Describe(ordinary), Describe(quick.Request));
    }

    private static PutRecordsRequest Ordinary(byte[] body, BodyFormat format)
    {
        var kinesis = new ScriptedKinesis();
        var captured = default(PutRecordsRequest);
        kinesis.OnPutRecords = request =>
        {
            captured = request;
            return new([], 0);
        };
        var operation = new OperationTable(kinesis, kinesis).Find("Kinesis_20131202.PutRecords")!;
        var input = WireValueReader.Read(body, format);
        TypeCheck.Check(operation.Members, input);
        ConstraintCheck.Check(operation.Members, input);
        using var answer = new JsonBodyWriter();
        operation.Run(new(input, answer, TestContext.Current.CancellationToken)).AsTask().GetAwaiter().GetResult(); // the scripted service never waits
        return captured;
    }

    private static IEnumerable<string> Describe(PutRecordsRequest request) =>
        request.Entries.ToArray().Select(entry => $"{entry.PartitionKey}|{entry.ExplicitHashKey}|{Convert.ToHexString(entry.Data.Span)}");

    private static byte[] Json((byte[] Data, string? Key, string? HashKey)[] entries, bool isNameFirst)
    {
        var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            if (isNameFirst)
                writer.WriteString("StreamName", "orders");
            writer.WriteStartArray("Records");
            foreach (var (data, key, hashKey) in entries)
            {
                writer.WriteStartObject();
                if (key is not null)
                    writer.WriteString("PartitionKey", key);
                if (hashKey is not null)
                    writer.WriteString("ExplicitHashKey", hashKey);
                else
                    writer.WriteNull("ExplicitHashKey");
                writer.WriteBase64String("Data", data);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (!isNameFirst)
                writer.WriteString("StreamName", "orders");
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static byte[] Cbor((byte[] Data, string? Key, string? HashKey)[] entries, bool isDefinite)
    {
        var writer = new CborWriter();
        writer.WriteStartMap(isDefinite ? 2 : null);
        writer.WriteTextString("Records");
        writer.WriteStartArray(isDefinite ? entries.Length : null);
        foreach (var (data, key, hashKey) in entries)
        {
            writer.WriteStartMap(null);
            writer.WriteTextString("Data");
            writer.WriteByteString(data);
            if (key is not null)
            {
                writer.WriteTextString("PartitionKey");
                writer.WriteTextString(key);
            }

            writer.WriteTextString("ExplicitHashKey");
            if (hashKey is null)
                writer.WriteNull();
            else
                writer.WriteTextString(hashKey);
            writer.WriteEndMap();
        }

        writer.WriteEndArray();
        writer.WriteTextString("StreamName");
        writer.WriteTextString("orders");
        writer.WriteEndMap();
        return writer.Encode();
    }
}
