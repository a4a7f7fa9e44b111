using KinesisClientNet.Core.Service;
using KinesisClientNet.Core.Sharding;
using KinesisClientNet.Producer.Collecting;
using KinesisClientNet.Producer.Settling;

namespace KinesisClientNet.Producer.Tests.Settling;

/// <summary>Issue 3: the classification table (throttle, internal, timeout, wrong shard, expired token, access denied, not found, validation, KMS), whole.</summary>
public sealed class FailureTableTests
{
    private static readonly RetryLimits Limits = new(MaxAttempts: 10, MaxDoubtfulAttempts: 3);
    private static readonly Dictionary<string, HashKeyRange> Ranges = new() { ["s-1"] = new(0, 99) };

    /// <summary>Class, and the reason that the records get should they end with it.</summary>
    public static TheoryData<string, int, int> Codes => Rows(
        (FailureClass.Throttle, RecordFailureReason.AttemptsExhausted,
            ["ProvisionedThroughputExceededException", "KMSThrottlingException", "ThrottlingException", "LimitExceededException", "RequestLimitExceeded", "SlowDown", "TooManyRequestsException"]),
        (FailureClass.Transient, RecordFailureReason.AttemptsExhausted,
            ["InternalFailure", "InternalFailureException", "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException", "ResourceInUseException"]),
        (FailureClass.Doubtful, RecordFailureReason.AuthenticationFailed,
            ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException", "RequestExpired", "MissingAuthenticationTokenException", "IncompleteSignature"]),
        (FailureClass.Doubtful, RecordFailureReason.ServiceError, ["SomethingNew"]),
        (FailureClass.Permanent, RecordFailureReason.AccessDenied, ["AccessDeniedException", "OptInRequired", "NotAuthorized"]),
        (FailureClass.Permanent, RecordFailureReason.StreamNotFound, ["ResourceNotFoundException"]),
        (FailureClass.Permanent, RecordFailureReason.KeyUnavailable,
            ["KMSDisabledException", "KMSInvalidStateException", "KMSAccessDeniedException", "KMSNotFoundException", "KMSOptInRequired"]),
        (FailureClass.Content, RecordFailureReason.InvalidRecord,
            ["InvalidArgumentException", "ValidationException", "SerializationException", "RequestEntityTooLargeException"]));

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_code_means_the_same_for_an_entry_and_for_a_whole_call(string code, int @class, int reason)
    {
        var expected = new FailureRule((FailureClass)@class, (RecordFailureReason)reason);
        var kind = code == "RequestTimeout" ? KinesisErrorKind.ServiceFault : ErrorCatalogue.Classify(code, 400);

        Assert.Equal(expected, FailureTable.OfEntry(code));
        Assert.Equal(expected, FailureTable.OfCall(new KinesisApiException(kind, code, "message", 400)));
    }

    [Fact]
    public void Every_kind_of_error_has_a_rule()
    {
        foreach (var kind in Enum.GetValues<KinesisErrorKind>())
        {
            var rule = FailureTable.OfKind(kind);
            Assert.True(Enum.IsDefined(rule.Class) && Enum.IsDefined(rule.Reason));
        }
    }

    [Fact]
    public void What_an_api_of_ones_own_lets_through_has_a_rule_too()
    {
        foreach (var failure in new Exception[] { new IOException(), new HttpRequestException(), new TimeoutException(), new TaskCanceledException() })
            Assert.Equal(FailureClass.Transient, FailureTable.OfCall(failure).Class);
        Assert.Equal(FailureClass.Doubtful, FailureTable.OfCall(new InvalidOperationException()).Class);
    }

    /// <summary>Every code at every number of attempts, for a record alone and for an aggregate: the verdict follows from the class.</summary>
    [Theory]
    [MemberData(nameof(Codes))]
    public void The_verdict_of_an_entry_follows_from_its_class_and_attempts(string code, int @class, int reason)
    {
        foreach (var isAggregate in new[] { false, true })
        {
            for (var attempts = 1; attempts <= 12; attempts++)
            {
                var sent = new SentRecord(isAggregate, new HashKeyRange(1, 2), "s-1", attempts);

                var entry = SettlePlan.Judge(sent, new PutRecordsResultEntry(null, default, code), Ranges, Limits);

                var expected = Expected((FailureClass)@class, isAggregate, attempts);
                Assert.Equal(expected, entry.Action);
                if (expected == SettleAction.Fail)
                {
                    var isExhausted = attempts >= Limits.MaxAttempts && (FailureClass)@class is FailureClass.Throttle or FailureClass.Transient;
                    Assert.Equal(isExhausted ? RecordFailureReason.AttemptsExhausted : (RecordFailureReason)reason, entry.Reason);
                }
            }
        }
    }

    private static SettleAction Expected(FailureClass @class, bool isAggregate, int attempts) => @class switch
    {
        FailureClass.Permanent => SettleAction.Fail,
        FailureClass.Content => isAggregate ? SettleAction.Unpack : SettleAction.Fail,
        FailureClass.Doubtful => attempts >= Limits.MaxDoubtfulAttempts ? SettleAction.Fail : SettleAction.Retry,
        _ => attempts >= Limits.MaxAttempts ? SettleAction.Fail : SettleAction.Retry,
    };

    private static TheoryData<string, int, int> Rows(params (FailureClass Class, RecordFailureReason Reason, string[] Codes)[] rows)
    {
        var data = new TheoryData<string, int, int>();
        foreach (var (@class, reason, codes) in rows)
        {
            foreach (var code in codes)
                data.Add(code, (int)@class, (int)reason);
        }

        return data;
    }
}
