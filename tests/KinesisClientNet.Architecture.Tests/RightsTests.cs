using Amazon.DynamoDBv2;
using KinesisClientNet.Architecture.Tests.Metadata;
using KinesisClientNet.Architecture.Tests.Sources;
using KinesisClientNet.Consumer;
using KinesisClientNet.Core.Service;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Architecture.Tests;

/// <summary>
/// Least privilege: the policies in docs/lease-table.md name every operation that the consumer's code can call, and no other. What it calls is read from the compiled code, so a new
/// call cannot be forgotten; which statement each one belongs to is shown by the tests of the same name in Integration.Tests, which record the calls.
/// </summary>
public sealed class RightsTests
{
    /// <summary>It passes every operation of a client on, whoever calls it.</summary>
    private static readonly TypeName Decorator = new("KinesisClientNet.Consumer.Telemetry", "MeasuredReads");

    private static readonly DocumentedRights Page = DocumentedRights.Read(Repository.Root);

    [Fact]
    public void Both_snippets_give_the_same_rights() =>
        Assert.Equal(Flat(Page.CloudFormation), Flat(Page.Terraform));

    [Fact]
    public void The_policies_allow_exactly_the_DynamoDB_operations_that_the_consumer_can_call()
    {
        var called = Calls(typeof(KinesisConsumer), typeof(IAmazonDynamoDB)).Select(operation => $"dynamodb:{operation}")
            .Append("dynamodb:TagResource"); // Asked for by CreateTable with tags; see the test that records the requests.

        Assert.Equal(Documented("dynamodb:"), called.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_policies_allow_exactly_the_Kinesis_operations_that_the_consumer_can_call()
    {
        // Core lists shards for the consumer; its client itself calls no interface.
        var called = Calls(typeof(KinesisConsumer), typeof(IKinesisApi)).Concat(Calls(typeof(IKinesisApi), typeof(IKinesisApi)));

        Assert.Equal(Documented("kinesis:"), called.Select(operation => $"kinesis:{operation}").Distinct().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Calls(Type caller, Type callee) => MemberCalls.Of(caller.Assembly.Location, new(callee.Namespace!, callee.Name))
        .Where(call => call.Caller != Decorator && call.Method.EndsWith("Async", StringComparison.Ordinal))
        .Select(call => call.Method[..^"Async".Length]);

    private static IEnumerable<string> Documented(string service) => Page.CloudFormation.Values.SelectMany(actions => actions)
        .Where(action => action.StartsWith(service, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> Flat(IReadOnlyDictionary<string, IReadOnlyList<string>> statements) =>
        statements.OrderBy(statement => statement.Key, StringComparer.Ordinal).Select(statement => $"{statement.Key}: {string.Join(' ', statement.Value)}");
}
