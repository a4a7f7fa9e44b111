using System.Text.Json;

namespace KinesisClientNet.Local.Streams;

/// <summary>The resource policy of a stream or a consumer: kept, not enforced. Thread-safe.</summary>
/// <param name="owner">Whose policy, for messages.</param>
/// <param name="changed">Called after each change.</param>
internal sealed class ResourcePolicy(string owner, Action? changed = null)
{
    private string? _text;

    /// <summary>The policy as it was put.</summary>
    public string Text => Volatile.Read(ref _text) ?? throw Missing();

    public void Put(string policy)
    {
        try
        {
            using var document = JsonDocument.Parse(policy);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw ServiceRefusal.InvalidArgument($"The policy of {owner} is not a JSON object.");
        }
        catch (JsonException)
        {
            throw ServiceRefusal.InvalidArgument($"The policy of {owner} is not JSON.");
        }

        Volatile.Write(ref _text, policy);
        changed?.Invoke();
    }

    /// <summary>The policy as it is stored; null for none.</summary>
    public string? Store() => Volatile.Read(ref _text);

    /// <summary>Takes the policy that was read back.</summary>
    public void Restore(string? policy) => Volatile.Write(ref _text, policy);

    public void Delete()
    {
        if (Interlocked.Exchange(ref _text, null) is null)
            throw Missing();
        changed?.Invoke();
    }

    private Core.Service.KinesisApiException Missing() => ServiceRefusal.NotFound($"No policy found for {owner}.");
}
