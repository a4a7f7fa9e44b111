namespace KinesisClientNet.Core.Resilience;

/// <summary>
/// Bounds how much a client retries in all, so that an outage is not answered with a multiple of the load: a retry takes tokens, a success
/// brings some back (the AWS SDKs' standard retry mode: 500 tokens, 5 a retry, 1 back for each call that succeeds at once). Thread-safe.
/// </summary>
internal sealed class RetryBudget
{
    public const int DefaultCapacity = 500;

    /// <summary>Tokens that a retry takes.</summary>
    public const int RetryCost = 5;

    private readonly int _capacity;
    private int _tokens;

    public RetryBudget(int capacity = DefaultCapacity) => _capacity = _tokens = capacity;

    public int Tokens => Volatile.Read(ref _tokens);

    /// <summary>Takes the price of a retry.</summary>
    /// <returns>False when the budget is used up.</returns>
    public bool TrySpend()
    {
        while (true)
        {
            var tokens = Volatile.Read(ref _tokens);
            if (tokens < RetryCost)
                return false;
            if (Interlocked.CompareExchange(ref _tokens, tokens - RetryCost, tokens) == tokens)
                return true;
        }
    }

    /// <summary>Books a success: the price of the retry that brought it, or one token.</summary>
    public void Earn(bool wasRetry)
    {
        while (true)
        {
            var tokens = Volatile.Read(ref _tokens);
            var earned = Math.Min(_capacity, tokens + (wasRetry ? RetryCost : 1));
            if (earned == tokens || Interlocked.CompareExchange(ref _tokens, earned, tokens) == tokens)
                return;
        }
    }
}
