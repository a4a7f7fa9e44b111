namespace KinesisClientNet.Core.Service;

/// <summary>Names a stream by its name or its ARN; at least one is set. A cross-account stream needs the ARN.</summary>
/// <param name="Name">The stream's name, 1 to 128 characters of <c>[a-zA-Z0-9_.-]</c>, or null.</param>
/// <param name="Arn">The stream's ARN, or null.</param>
public readonly record struct StreamReference(string? Name, string? Arn = null)
{
    /// <summary>Reads a text that is a stream ARN (starts with <c>arn:</c>) or else a stream name.</summary>
    /// <param name="nameOrArn">A stream name or ARN.</param>
    /// <returns>The reference.</returns>
    /// <exception cref="ArgumentException">The text is empty.</exception>
    public static StreamReference Parse(string nameOrArn)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrArn);
        return nameOrArn.StartsWith("arn:", StringComparison.Ordinal) ? new(null, nameOrArn) : new(nameOrArn);
    }

    /// <summary>The name, or else the ARN: for messages.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Name ?? Arn ?? "(no stream)";
}
