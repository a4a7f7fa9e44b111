using System.Buffers;

namespace KinesisClientNet.Local.Streams;

/// <summary>The tags of a stream or a consumer (Kinesis API reference, TagResource). Thread-safe.</summary>
/// <param name="owner">Whose tags, for messages.</param>
/// <param name="changed">Called after each change, outside the lock.</param>
internal sealed class TagSet(string owner, Action? changed = null)
{
    private const int MaxTags = 50;
    private const int MaxKeyLength = 128;
    private const int MaxValueLength = 256;

    private static readonly SearchValues<char> Marks = SearchValues.Create("_.:/=+-@%");

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, string> _tags = new(StringComparer.Ordinal);

    /// <summary>Adds or overwrites all of them, or none when one is refused.</summary>
    public void Add(IReadOnlyDictionary<string, string> tags)
    {
        foreach (var (key, value) in tags)
            Check(key, value);
        lock (_gate)
        {
            if (_tags.Count + tags.Keys.Count(key => !_tags.ContainsKey(key)) > MaxTags)
                throw ServiceRefusal.InvalidArgument($"Failed to add tags to {owner}: it cannot have more than {MaxTags} tags.");
            foreach (var (key, value) in tags)
                _tags[key] = value;
        }

        changed?.Invoke();
    }

    /// <summary>Removes the tags with these keys; a key that is not there is no error.</summary>
    public void Remove(IEnumerable<string> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
                _tags.Remove(key);
        }

        changed?.Invoke();
    }

    /// <summary>Takes the tags that were read back.</summary>
    public void Restore(IReadOnlyDictionary<string, string> tags)
    {
        lock (_gate)
        {
            foreach (var (key, value) in tags)
                _tags[key] = value;
        }
    }

    /// <summary>The tags as they are stored.</summary>
    public Dictionary<string, string> Store()
    {
        lock (_gate)
            return new(_tags, StringComparer.Ordinal);
    }

    /// <summary>The tags in the order of their keys, after the given one.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> List(string? afterKey = null)
    {
        lock (_gate)
            return [.. _tags.Where(tag => afterKey is null || string.CompareOrdinal(tag.Key, afterKey) > 0)];
    }

    private static void Check(string key, string value)
    {
        if (key.Length is 0 or > MaxKeyLength)
            throw ServiceRefusal.Validation(key, "tags", $"have keys with a length between 1 and {MaxKeyLength}");
        if (value.Length > MaxValueLength)
            throw ServiceRefusal.Validation(value, "tags", $"have values with a length less than or equal to {MaxValueLength}");
        if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
            throw ServiceRefusal.InvalidArgument($"Tag key '{key}' is reserved: keys that begin with 'aws:' are the service's.");
        if (!IsAllowed(key) || !IsAllowed(value))
            throw ServiceRefusal.InvalidArgument($"Tag '{key}' holds a character that is not allowed: letters, digits, white space and _ . : / = + - @ % are.");
    }

    private static bool IsAllowed(string text) => text.All(static one => char.IsLetterOrDigit(one) || char.IsWhiteSpace(one) || Marks.Contains(one));
}
