using Amazon;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using KinesisClientNet.Core.Service;
using Microsoft.Extensions.Logging;

namespace KinesisClientNet.Consumer.DynamoDb;

/// <summary>Makes the lease store of a consumer that was given none: same region, profile and credentials as its Kinesis connection.</summary>
internal static class LeaseStoreConnection
{
    /// <summary>A lease lives for seconds: the renewal loop tries again by itself, so the SDK must not hold a call for long.</summary>
    private const int MaxRetries = 2;

    /// <summary>Opens the store; nothing is called yet. The store owns its client.</summary>
    /// <param name="applicationName">The table's name unless <see cref="LeaseOptions.TableName"/> is set.</param>
    /// <param name="leases">The lease options.</param>
    /// <param name="connection">Region, profile and credentials; its address is Kinesis' own and is not used.</param>
    /// <param name="loggerFactory">Where to log.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>The store; the caller disposes it.</returns>
    public static DynamoDbLeaseStore Open(
        string applicationName, LeaseOptions leases, KinesisConnectionOptions connection, ILoggerFactory? loggerFactory, TimeProvider timeProvider)
    {
        var config = new AmazonDynamoDBConfig
        {
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = MaxRetries,
            Timeout = leases.Table.RequestTimeout,
        };
        if (connection.Profile is not null)
            config.Profile = new(connection.Profile);
        if (leases.Table.ServiceUrl is { } url)
        {
            config.ServiceURL = url.ToString();
            config.AuthenticationRegion = connection.Region ?? "us-east-1";
        }
        else if (connection.Region is not null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(connection.Region);
        }

        if (connection.UseFips is { } fips)
            config.UseFIPSEndpoint = fips;
        if (connection.UseDualStack is { } dualStack)
            config.UseDualstackEndpoint = dualStack;
        var credentials = connection.Credentials ?? DefaultAWSCredentialsIdentityResolver.GetCredentials(config);
        return new(
            new AmazonDynamoDBClient(credentials, config), ownsClient: true, leases.TableName ?? applicationName, applicationName, leases.Table, loggerFactory, timeProvider);
    }
}
