using KinesisClientNet.Core.Resilience;
using KinesisClientNet.Core.Telemetry;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace KinesisClientNet.Core.Service.Http;

/// <summary>The retry pipeline of each class of operations: the user's, or ours with full jitter and one budget for the client. Thread-safe.</summary>
internal sealed class RetryPipelines
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>A server may ask for any wait; a call does not hang longer than this for it.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(20);

    private readonly int _maxAttempts;
    private readonly Backoff _backoff;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly RetryBudget _budget = new();
    private readonly ResiliencePipeline _read;
    private readonly ResiliencePipeline _pacedRead;
    private readonly ResiliencePipeline _control;
    private readonly ResiliencePipeline _put;

    public RetryPipelines(KinesisConnectionOptions options, Random random, TimeProvider timeProvider, ILogger logger)
    {
        _maxAttempts = options.MaxAttempts;
        _backoff = new(FirstWait, LongestWait, random);
        _timeProvider = timeProvider;
        _logger = logger;
        _read = options.ReadPipeline ?? Build(RetryClass.Read);
        _pacedRead = options.ReadPipeline ?? Build(RetryClass.PacedRead);
        _control = options.ControlPipeline ?? Build(RetryClass.Control);
        _put = options.PutPipeline ?? Build(RetryClass.Put);
    }

    public ResiliencePipeline For(RetryClass retries) => retries switch
    {
        RetryClass.Read => _read,
        RetryClass.PacedRead => _pacedRead,
        RetryClass.Control => _control,
        RetryClass.Put => _put,
        _ => ResiliencePipeline.Empty,
    };

    private ResiliencePipeline Build(RetryClass retries)
    {
        if (_maxAttempts == 1)
            return ResiliencePipeline.Empty;
        return new ResiliencePipelineBuilder { TimeProvider = _timeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = _maxAttempts - 1,
                ShouldHandle = arguments => new(ShouldRetry(retries, arguments.Outcome.Exception, arguments.AttemptNumber)),
                DelayGenerator = arguments => new(Wait(arguments.AttemptNumber, arguments.Outcome.Exception)),
                OnRetry = arguments =>
                {
                    if (arguments.Outcome.Exception is KinesisApiException error)
                        CoreLog.CallRetried(_logger, error.Code, arguments.AttemptNumber + 1, arguments.RetryDelay);
                    return default;
                },
            })
            .Build();
    }

    private bool ShouldRetry(RetryClass retries, Exception? exception, int attempt)
    {
        if (exception is null)
        {
            _budget.Earn(wasRetry: attempt > 0);
            return false;
        }

        if (attempt >= _maxAttempts - 1 || exception is not KinesisApiException error || !RetryVerdict.MayRepeat(retries, error))
            return false;
        if (_budget.TrySpend())
            return true;
        CoreLog.RetryBudgetEmpty(_logger, error.Code);
        return false;
    }

    private TimeSpan? Wait(int attempt, Exception? exception)
    {
        var wait = _backoff.Next(attempt);
        if (exception is KinesisApiException { RetryAfter: { } asked } && asked > wait)
            wait = asked < LongestRetryAfter ? asked : LongestRetryAfter;
        return wait;
    }
}
