using KinesisClientNet.Local.Server.Shapes;
using KinesisClientNet.Local.Server.Wire;
using KinesisClientNet.Local.Streams;

namespace KinesisClientNet.Local.Server.Operations;

/// <summary>Tags and policies of streams and consumers.</summary>
internal sealed class ResourceOperations(LocalKinesis kinesis)
{
    private const int MostTagsListed = 50;

    public IEnumerable<Operation> All =>
    [
        new("AddTagsToStream", [Member.StreamName, Member.Tags.Required(), Member.StreamArn], AddTagsToStreamAsync),
        new("RemoveTagsFromStream", [Member.StreamName, Member.TagKeys.Required(), Member.StreamArn], RemoveTagsFromStreamAsync),
        new("ListTagsForStream", [Member.StreamName, Member.Text("ExclusiveStartTagKey", 1, 128), Member.Integer("Limit", 1, MostTagsListed), Member.StreamArn], ListTagsForStreamAsync),
        new("TagResource", [Member.Tags.Required(), Member.ResourceArn.Required()], TagResourceAsync),
        new("UntagResource", [Member.TagKeys.Required(), Member.ResourceArn.Required()], UntagResourceAsync),
        new("ListTagsForResource", [Member.ResourceArn.Required()], ListTagsForResourceAsync),
        new("PutResourcePolicy", [Member.ResourceArn.Required(), new MemberRule("Policy", MemberKind.Text).Required()], PutPolicyAsync),
        new("GetResourcePolicy", [Member.ResourceArn.Required()], GetPolicyAsync),
        new("DeleteResourcePolicy", [Member.ResourceArn.Required()], DeletePolicyAsync),
    ];

    /// <summary>The tags that a request carries; a null value is an empty one.</summary>
    public static IReadOnlyDictionary<string, string> TagsOf(OperationCall call) =>
        call.Value("Tags")?.Members.ToDictionary(tag => tag.Key, tag => tag.Value.Text, StringComparer.Ordinal) ?? [];

    private ValueTask AddTagsToStreamAsync(OperationCall call)
    {
        kinesis.Streams.Find(call.Stream()).Tags.Add(TagsOf(call));
        return default;
    }

    private ValueTask RemoveTagsFromStreamAsync(OperationCall call)
    {
        kinesis.Streams.Find(call.Stream()).Tags.Remove(call.Texts("TagKeys"));
        return default;
    }

    private ValueTask ListTagsForStreamAsync(OperationCall call)
    {
        var limit = call.Integer("Limit") ?? MostTagsListed;
        var tags = kinesis.Streams.Find(call.Stream()).Tags.List(call.OptionalText("ExclusiveStartTagKey"));
        call.Answer.StartMap();
        Write(call.Answer, tags.Take(limit));
        call.Answer.Flag("HasMoreTags"u8, tags.Count > limit);
        call.Answer.EndMap();
        return default;
    }

    private ValueTask TagResourceAsync(OperationCall call)
    {
        Find(call).Tags.Add(TagsOf(call));
        return default;
    }

    private ValueTask UntagResourceAsync(OperationCall call)
    {
        Find(call).Tags.Remove(call.Texts("TagKeys"));
        return default;
    }

    private ValueTask ListTagsForResourceAsync(OperationCall call)
    {
        var tags = Find(call).Tags.List();
        call.Answer.StartMap();
        Write(call.Answer, tags);
        call.Answer.EndMap();
        return default;
    }

    private ValueTask PutPolicyAsync(OperationCall call)
    {
        Find(call).Policy.Put(call.Text("Policy"));
        return default;
    }

    private ValueTask GetPolicyAsync(OperationCall call)
    {
        var policy = Find(call).Policy.Text;
        call.Answer.StartMap();
        call.Answer.Text("Policy"u8, policy);
        call.Answer.EndMap();
        return default;
    }

    private ValueTask DeletePolicyAsync(OperationCall call)
    {
        Find(call).Policy.Delete();
        return default;
    }

    /// <summary>A stream or one of its consumers.</summary>
    private (TagSet Tags, ResourcePolicy Policy) Find(OperationCall call)
    {
        var arn = call.Text("ResourceARN");
        var stream = kinesis.Streams.FindByArn(arn);
        if (arn == stream.Arn)
            return (stream.Tags, stream.Policy);
        var consumer = stream.Consumers.Find(null, arn);
        return (consumer.Tags, consumer.Policy);
    }

    private static void Write(BodyWriter answer, IEnumerable<KeyValuePair<string, string>> tags)
    {
        answer.StartList("Tags"u8);
        foreach (var (key, value) in tags)
        {
            answer.StartMap();
            answer.Text("Key"u8, key);
            answer.Text("Value"u8, value);
            answer.EndMap();
        }

        answer.EndList();
    }
}
