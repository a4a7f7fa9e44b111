using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using KinesisClientNet.Consumer.DynamoDb;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Which answers of the lease table show as ThrottledByDynamoDb; all others show as a failing lease store.</summary>
public sealed class DynamoDbThrottleTests
{
    public static TheoryData<Exception, bool> Answers => new()
    {
        { new ProvisionedThroughputExceededException("The level of configured provisioned throughput for the table was exceeded."), true },
        { new RequestLimitExceededException("Throughput exceeds the current throughput limit for your account."), true },
        { new ThrottlingException("Rate of requests exceeds the allowed throughput."), true },
        { new InternalServerErrorException("The server encountered an internal error."), false },
        { new ResourceNotFoundException("Requested resource not found."), false },
        { new ConditionalCheckFailedException("The conditional request failed."), false },
        { new AmazonDynamoDBException("Something else."), false },
        { new KinesisApiException(KinesisErrorKind.Throttled, "LimitExceededException", "Kinesis, not the table."), false },
        { new TimeoutException(), false },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Only_answers_about_the_tables_rate_are_throttles(Exception answer, bool isThrottle)
    {
        using var client = new AmazonDynamoDBClient(new BasicAWSCredentials("test", "test"), new AmazonDynamoDBConfig { ServiceURL = "http://127.0.0.1:9" });
        using var store = new DynamoDbLeaseStore(client, "leases");

        Assert.Equal(isThrottle, store.IsThrottle(answer));
    }
}
