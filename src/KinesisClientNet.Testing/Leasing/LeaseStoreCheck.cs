using KinesisClientNet.Consumer.Leasing;

namespace KinesisClientNet.Testing.Leasing;

/// <summary>One rule that every <see cref="ILeaseStore"/> has to keep.</summary>
public sealed class LeaseStoreCheck
{
    private readonly Func<ILeaseStore, CancellationToken, Task> _body;

    internal LeaseStoreCheck(string name, Func<ILeaseStore, CancellationToken, Task> body) => (Name, _body) = (name, body);

    /// <summary>What must hold, as a sentence.</summary>
    public string Name { get; }

    /// <summary>Runs the check on a prepared store that holds nothing. Use a fresh store (table) for every check.</summary>
    /// <param name="store">The store.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>A task that ends when the rule holds.</returns>
    /// <exception cref="InvalidOperationException">The rule does not hold; the message says what was expected and what came.</exception>
    public async Task RunAsync(ILeaseStore store, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        await store.PrepareAsync(cancellationToken).ConfigureAwait(false);
        await _body(store, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
