namespace KinesisClientNet.Core.Sharding;

/// <summary>
/// A position in a shard as KCL writes it in a lease's checkpoint: a sequence number with the place inside an aggregate, or one of the
/// sentinels <c>TRIM_HORIZON</c>, <c>LATEST</c>, <c>AT_TIMESTAMP</c>, <c>SHARD_END</c>.
/// </summary>
/// <remarks>Ordered as KCL orders them: AT_TIMESTAMP, TRIM_HORIZON, LATEST, every number, SHARD_END.</remarks>
public readonly struct ExtendedSequenceNumber : IEquatable<ExtendedSequenceNumber>, IComparable<ExtendedSequenceNumber>
{
    private enum Kind : byte
    {
        TrimHorizon,
        Latest,
        AtTimestamp,
        Number,
        ShardEnd,
    }

    private readonly Kind _kind;

    private ExtendedSequenceNumber(Kind kind, SequenceNumber sequenceNumber, long subSequenceNumber) =>
        (_kind, SequenceNumber, SubSequenceNumber) = (kind, sequenceNumber, subSequenceNumber);

    /// <summary>Makes the position of a user record.</summary>
    /// <param name="sequenceNumber">The Kinesis record's number.</param>
    /// <param name="subSequenceNumber">The place inside the aggregate, from 0; 0 for a plain record.</param>
    /// <exception cref="ArgumentOutOfRangeException">The place is negative.</exception>
    public ExtendedSequenceNumber(SequenceNumber sequenceNumber, long subSequenceNumber = 0)
        : this(Kind.Number, sequenceNumber, subSequenceNumber) => ArgumentOutOfRangeException.ThrowIfNegative(subSequenceNumber);

    /// <summary>Nothing is read yet; start at the oldest record.</summary>
    public static ExtendedSequenceNumber TrimHorizon => default;

    /// <summary>Nothing is read yet; start after the newest record.</summary>
    public static ExtendedSequenceNumber Latest => new(Kind.Latest, default, 0);

    /// <summary>Nothing is read yet; start at the configured time.</summary>
    public static ExtendedSequenceNumber AtTimestamp => new(Kind.AtTimestamp, default, 0);

    /// <summary>Everything of the shard is done.</summary>
    public static ExtendedSequenceNumber ShardEnd => new(Kind.ShardEnd, default, 0);

    /// <summary>The sequence number; 0 for a sentinel.</summary>
    public SequenceNumber SequenceNumber { get; }

    /// <summary>The place inside the aggregate; 0 for a sentinel and for a plain record.</summary>
    public long SubSequenceNumber { get; }

    /// <summary>True for a position in the shard, false for a sentinel.</summary>
    public bool IsNumber => _kind == Kind.Number;

    /// <summary>True when everything of the shard is done.</summary>
    public bool IsShardEnd => _kind == Kind.ShardEnd;

    /// <summary>The text of KCL's <c>checkpoint</c> attribute: a decimal number or the sentinel's name.</summary>
    public string CheckpointText => _kind switch
    {
        Kind.TrimHorizon => "TRIM_HORIZON",
        Kind.Latest => "LATEST",
        Kind.AtTimestamp => "AT_TIMESTAMP",
        Kind.ShardEnd => "SHARD_END",
        _ => SequenceNumber.ToString(),
    };

    /// <summary>Reads KCL's two checkpoint attributes.</summary>
    /// <param name="checkpoint">A decimal number or a sentinel's name.</param>
    /// <param name="subSequenceNumber">The place inside the aggregate, from 0.</param>
    /// <param name="position">The position.</param>
    /// <returns>False when the text is neither, or the place is negative.</returns>
    public static bool TryParse(string checkpoint, long subSequenceNumber, out ExtendedSequenceNumber position)
    {
        position = checkpoint switch
        {
            "TRIM_HORIZON" => TrimHorizon,
            "LATEST" => Latest,
            "AT_TIMESTAMP" => AtTimestamp,
            "SHARD_END" => ShardEnd,
            _ => default,
        };
        if (position._kind != Kind.TrimHorizon || checkpoint == "TRIM_HORIZON")
            return true;
        if (subSequenceNumber < 0 || !SequenceNumber.TryParse(checkpoint, out var number))
            return false;
        position = new(number, subSequenceNumber);
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(ExtendedSequenceNumber other)
    {
        var rank = Rank(_kind).CompareTo(Rank(other._kind));
        if (rank != 0 || _kind != Kind.Number)
            return rank;
        var number = SequenceNumber.CompareTo(other.SequenceNumber);
        return number != 0 ? number : SubSequenceNumber.CompareTo(other.SubSequenceNumber);

        static int Rank(Kind kind) => kind switch { Kind.AtTimestamp => 0, Kind.TrimHorizon => 1, Kind.Latest => 2, Kind.Number => 3, _ => 4 };
    }

    /// <inheritdoc/>
    public bool Equals(ExtendedSequenceNumber other) =>
        _kind == other._kind && SequenceNumber == other.SequenceNumber && SubSequenceNumber == other.SubSequenceNumber;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ExtendedSequenceNumber other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_kind, SequenceNumber, SubSequenceNumber);

    /// <summary>The position as text: for messages.</summary>
    /// <returns>For instance <c>4960…/3</c> or <c>SHARD_END</c>.</returns>
    public override string ToString() => IsNumber && SubSequenceNumber > 0 ? $"{SequenceNumber}/{SubSequenceNumber}" : CheckpointText;

    /// <summary>Whether the two positions are equal.</summary>
    /// <param name="left">A position.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when equal.</returns>
    public static bool operator ==(ExtendedSequenceNumber left, ExtendedSequenceNumber right) => left.Equals(right);

    /// <summary>Whether the two positions differ.</summary>
    /// <param name="left">A position.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when they differ.</returns>
    public static bool operator !=(ExtendedSequenceNumber left, ExtendedSequenceNumber right) => !left.Equals(right);

    /// <summary>Whether the first position is before the second.</summary>
    /// <param name="left">A position.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when before.</returns>
    public static bool operator <(ExtendedSequenceNumber left, ExtendedSequenceNumber right) => left.CompareTo(right) < 0;

    /// <summary>Whether the first position is after the second.</summary>
    /// <param name="left">A position.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when after.</returns>
    public static bool operator >(ExtendedSequenceNumber left, ExtendedSequenceNumber right) => left.CompareTo(right) > 0;

    /// <summary>Whether the first position is before or equal.</summary>
    /// <param name="left">A position.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when before or equal.</returns>
    public static bool operator <=(ExtendedSequenceNumber left, ExtendedSequenceNumber right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the first position is after or equal.</summary>
    /// <param name="left">A position.</param>
    /// <param name="right">Another.</param>
    /// <returns>True when after or equal.</returns>
    public static bool operator >=(ExtendedSequenceNumber left, ExtendedSequenceNumber right) => left.CompareTo(right) >= 0;
}
