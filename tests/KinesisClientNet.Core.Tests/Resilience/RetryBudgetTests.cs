using KinesisClientNet.Core.Resilience;

namespace KinesisClientNet.Core.Tests.Resilience;

public sealed class RetryBudgetTests
{
    [Fact]
    public void A_retry_costs_five_tokens_until_none_are_left()
    {
        var budget = new RetryBudget(12);
        Assert.True(budget.TrySpend());
        Assert.True(budget.TrySpend());
        Assert.False(budget.TrySpend());
        Assert.Equal(2, budget.Tokens);
    }

    [Fact]
    public void A_success_brings_back_one_token_and_a_successful_retry_its_price()
    {
        var budget = new RetryBudget(20);
        budget.TrySpend();
        budget.TrySpend();
        budget.Earn(wasRetry: false);
        Assert.Equal(11, budget.Tokens);
        budget.Earn(wasRetry: true);
        Assert.Equal(16, budget.Tokens);
    }

    [Fact]
    public void It_never_holds_more_than_at_first()
    {
        var budget = new RetryBudget(10);
        budget.Earn(wasRetry: true);
        Assert.Equal(10, budget.Tokens);
    }

    [Fact]
    public async Task Concurrent_retries_never_spend_more_than_there_is()
    {
        var budget = new RetryBudget(500);
        var spent = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                if (budget.TrySpend())
                    Interlocked.Increment(ref spent);
            }
        })));
        Assert.Equal(100, spent);
    }
}
