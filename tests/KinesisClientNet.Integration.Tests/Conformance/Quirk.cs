namespace KinesisClientNet.Integration.Tests.Conformance;

/// <summary>
/// Where a server is known to differ from AWS. Each value is the number of a row in docs/emulators.md; a test that allows for a difference
/// asks for it by name, so that nothing is forgiven silently.
/// </summary>
[Flags]
public enum Quirk
{
    None = 0,

    /// <summary>D1: the first shards end one hash key early (width from 2^128 - 1).</summary>
    RangesOffByOne = 1 << 0,

    /// <summary>D2: a closed shard's EndingSequenceNumber is one constant below all real numbers.</summary>
    ConstantEndingSequenceNumber = 1 << 1,

    /// <summary>D3: AT_TRIM_HORIZON lists every shard that ever was; AT_TIMESTAMP is FROM_TIMESTAMP.</summary>
    TimeFiltersIgnoreTheEnd = 1 << 2,

    /// <summary>D4: ListStreamConsumers gives a token with a complete list.</summary>
    ConsumerTokenAtTheEnd = 1 << 3,

    /// <summary>D5: a broken iterator is answered with status 500 and an empty body.</summary>
    BrokenIteratorIsAFault = 1 << 4,

    /// <summary>D6: an oversize record fails alone instead of the whole request.</summary>
    OversizeFailsAlone = 1 << 5,

    /// <summary>D7: a subscription never ends at a shard's end and never names children.</summary>
    SubscriptionIgnoresShardEnd = 1 << 6,

    /// <summary>D8: a second subscription is refused as long as the first lives, instead of taking over after five seconds.</summary>
    NoTakeover = 1 << 7,

    /// <summary>D9: a split at the shard's first hash key is accepted.</summary>
    SplitAtTheStartIsAccepted = 1 << 8,

    /// <summary>D10: a merged shard starts with its parent's sequence number.</summary>
    MergedStartIsTheParents = 1 << 9,

    /// <summary>D11: more than 500 records in a request are accepted.</summary>
    NoRequestLimits = 1 << 10,

    /// <summary>D12: errors of a subscription arrive inside the stream, and an unknown shard is no error.</summary>
    SubscriptionErrorsComeLate = 1 << 11,

    /// <summary>D13: the API of 2019: no ARNs, consumers, filters, UpdateShardCount, on-demand mode.</summary>
    OldApi = 1 << 12,
}
