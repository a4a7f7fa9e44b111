using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using KinesisClientNet.Core.Sharding;

namespace KinesisClientNet.Core.Tests.Sharding;

public sealed class PartitionKeyHashTests
{
    private static UInt128 Oracle(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt128BigEndian(MD5.HashData(bytes));

    [Theory]
    [InlineData("a", "16955237001963240173058271559858726497")]
    [InlineData("pk-1", "273922656776327812788301823748127981641")]
    [InlineData("partitionKey-1", "159499196025307651934328298402289840726")]
    [InlineData("é", "136732923097551493579404309126273812335")]
    public void Hash_key_is_the_md5_of_the_utf8_bytes_as_a_big_endian_number(string key, string expected) =>
        Assert.Equal(UInt128.Parse(expected, null), PartitionKeyHash.Compute(key));

    [Fact]
    public void Scalar_hash_agrees_with_the_library_for_every_length_up_to_300_and_around_the_switch_to_the_library()
    {
        int[] lengths = [.. Enumerable.Range(0, 301), 1023, 1024, 1025, 4096];
        foreach (var length in lengths)
        {
            var bytes = new byte[length];
            new Random(length).NextBytes(bytes);

            Assert.Equal(Oracle(bytes), PartitionKeyHash.Compute(bytes));
            Assert.Equal(Oracle(bytes), Md5Single.Hash(bytes));
        }
    }

    [Fact]
    public void Text_and_bytes_of_a_key_hash_alike() => Gen.String.Sample(key =>
        Assert.Equal(Oracle(Encoding.UTF8.GetBytes(key)), PartitionKeyHash.Compute(key)));

    [Fact]
    public void Text_longer_than_the_stack_buffer_hashes_alike()
    {
        var key = new string('é', 5000);

        Assert.Equal(Oracle(Encoding.UTF8.GetBytes(key)), PartitionKeyHash.Compute(key));
    }

    [Fact]
    public void Many_keys_hash_as_one_by_one_whatever_their_number_and_lengths() =>
        Gen.Byte.Array[Gen.OneOf(Gen.Int[0, 60], Gen.Int[0, 300])].Array[0, 40].Sample(keys =>
        {
            var hashes = new UInt128[keys.Length];

            PartitionKeyHash.ComputeMany([.. keys.SelectMany(k => k)], [.. keys.Select(k => k.Length)], hashes);

            Assert.Equal(keys.Select(k => Oracle(k)), hashes);
        });

    [Fact]
    public void Many_keys_refuse_lengths_that_do_not_add_up()
    {
        Assert.Throws<ArgumentException>(() => PartitionKeyHash.ComputeMany("abc"u8, [1, 1], new UInt128[2]));
        Assert.Throws<ArgumentException>(() => PartitionKeyHash.ComputeMany("abc"u8, [4, -1], new UInt128[2]));
        Assert.Throws<ArgumentException>(() => PartitionKeyHash.ComputeMany("abc"u8, [1, 2], new UInt128[1]));
    }

    [Fact]
    public void Messages_of_mixed_lengths_hash_as_one_by_one() =>
        Gen.Select(Gen.OneOf(Gen.Int[0, 200], Gen.Int[0, 5000], Gen.OneOf(Gen.Const(0), Gen.Int[55, 56], Gen.Int[63, 65], Gen.Int[119, 128])).Array[0, 30], Gen.Int).Sample((lengths, seed) =>
        {
            var random = new Random(seed);
            ReadOnlyMemory<byte>[] messages = Array.ConvertAll<int, ReadOnlyMemory<byte>>(lengths, length =>
            {
                var bytes = new byte[length];
                random.NextBytes(bytes);
                return bytes;
            });
            var hashes = new UInt128[messages.Length];

            Md5Lanes.HashMessages(messages, hashes);

            Assert.Equal(messages.Select(m => Oracle(m.Span)), hashes);
        });

    [Fact]
    public void Eight_lanes_that_are_refilled_hash_as_one_by_one()
    {
        Assert.SkipUnless(Avx2.IsSupported, "This processor has no 256-bit integer vectors; the scalar code is used.");
        Gen.Int[0, 400].Array[0, 40].Sample(lengths =>
        {
            ReadOnlyMemory<byte>[] messages = Array.ConvertAll<int, ReadOnlyMemory<byte>>(lengths, length =>
            {
                var bytes = new byte[length];
                new Random(length).NextBytes(bytes);
                return bytes;
            });
            var hashes = new UInt128[messages.Length];

            // Where AVX-512 is present, more than eight messages would otherwise never go through eight lanes.
            new Md5LaneSchedule<Vector256<uint>, Md5Lanes8>(messages, hashes, new byte[Md5LaneSchedule<Vector256<uint>, Md5Lanes8>.TailsBytes]).Run();

            Assert.Equal(messages.Select(m => Oracle(m.Span)), hashes);
        });
    }

    [Fact]
    public void Eight_messages_of_aggregate_size_hash_as_one_by_one()
    {
        for (var length = 51_000; length <= 51_049; length += 7)
        {
            var messages = Enumerable.Range(0, 8).Select(i =>
            {
                var bytes = new byte[length + i];
                new Random(i).NextBytes(bytes);
                return (ReadOnlyMemory<byte>)bytes;
            }).ToArray();
            var hashes = new UInt128[8];

            Md5Lanes.HashMessages(messages, hashes);

            Assert.Equal(messages.Select(m => Oracle(m.Span)), hashes);
        }
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        var keys = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(10, 16).Select(i => $"customer-{i}")));
        var lengths = Enumerable.Repeat(11, 16).ToArray();
        var hashes = new UInt128[16];
        PartitionKeyHash.ComputeMany(keys, lengths, hashes);
        PartitionKeyHash.Compute("customer-10");

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            PartitionKeyHash.ComputeMany(keys, lengths, hashes);
            hashes[0] ^= PartitionKeyHash.Compute("customer-10");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("7", "7")]
    [InlineData("007", "7")]
    [InlineData(" 42\t", "42")]
    [InlineData("340282366920938463463374607431768211455", "340282366920938463463374607431768211455")]
    [InlineData("0000000000000000000000000000000000000000000000000001", "1")]
    public void Explicit_hash_key_is_trimmed_and_normalised(string text, string expected)
    {
        Assert.True(PartitionKeyHash.TryParseExplicit(text, out var hashKey));

        Assert.Equal(expected, PartitionKeyHash.Format(hashKey));
        Assert.Equal(hashKey, PartitionKeyHash.ParseExplicit(text));
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("   ", "it is empty")]
    [InlineData("-1", "only the digits")]
    [InlineData("+5", "only the digits")]
    [InlineData("0x1f", "only the digits")]
    [InlineData("1 2", "only the digits")]
    [InlineData("1,000", "only the digits")]
    [InlineData("٣", "only the digits")]
    [InlineData("undefined", "only the digits")]
    [InlineData("340282366920938463463374607431768211456", "above 2^128 - 1")]
    [InlineData("9999999999999999999999999999999999999999999999999999999999999999", "above 2^128 - 1")]
    public void Explicit_hash_key_that_is_no_128_bit_number_is_refused_with_the_reason(string text, string reason)
    {
        Assert.False(PartitionKeyHash.TryParseExplicit(text, out _));

        var error = Assert.Throws<FormatException>(() => PartitionKeyHash.ParseExplicit(text));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
