using System.Diagnostics.CodeAnalysis;

namespace KinesisClientNet.Core.Sharding;

/// <summary>One step of each of MD5's four rounds: <c>b + rotate(a + mix(b, c, d) + word + sine)</c>, the mix differs.</summary>
/// <typeparam name="TWord">A word or a vector of words.</typeparam>
internal interface IMd5Steps<TWord>
{
    /// <summary>Mix: c where b is set, else d.</summary>
    static abstract TWord FirstStep(TWord a, TWord b, TWord c, TWord d, TWord word, uint sine, [ConstantExpected] byte rotation);

    /// <summary>Mix: b where d is set, else c.</summary>
    static abstract TWord SecondStep(TWord a, TWord b, TWord c, TWord d, TWord word, uint sine, [ConstantExpected] byte rotation);

    /// <summary>Mix: the parity of b, c and d.</summary>
    static abstract TWord ThirdStep(TWord a, TWord b, TWord c, TWord d, TWord word, uint sine, [ConstantExpected] byte rotation);

    /// <summary>Mix: c xor (b or not d).</summary>
    static abstract TWord FourthStep(TWord a, TWord b, TWord c, TWord d, TWord word, uint sine, [ConstantExpected] byte rotation);

    static abstract TWord Add(TWord left, TWord right);
}

/// <summary>Steps on vectors, and how messages get into their lanes and hashes out.</summary>
/// <typeparam name="TWord">A vector of words.</typeparam>
internal interface IMd5Lanes<TWord> : IMd5Steps<TWord>
{
    /// <summary>How many messages a vector holds.</summary>
    static abstract int Count { get; }

    static abstract TWord Create(uint word);

    static abstract TWord With(TWord vector, int lane, uint word);

    static abstract void Store(TWord vector, ref uint words);

    /// <summary>Takes one block of each row: word i of the block in lane j comes from row j.</summary>
    /// <param name="rows">Where the messages' blocks start.</param>
    /// <param name="offset">How far behind it.</param>
    /// <param name="words">Receives the words.</param>
    static abstract void Load(in Md5Rows rows, nuint offset, ref Md5Words<TWord> words);
}
