using System.Collections.Concurrent;
using System.Reflection;
using KinesisClientNet.Core.Service;

namespace KinesisClientNet.Consumer.Tests.Rights;

/// <summary>A Kinesis client that writes down the operations that are called.</summary>
public class RecordedKinesis : DispatchProxy
{
    private readonly ConcurrentDictionary<string, bool> _called = new();
    private IKinesisApi _inner = null!;

    /// <summary>As the API names them.</summary>
    internal IEnumerable<string> Called => _called.Keys;

    /// <summary>Wraps a client.</summary>
    internal static RecordedKinesis Around(IKinesisApi inner)
    {
        var recorded = (RecordedKinesis)(object)Create<IKinesisApi, RecordedKinesis>();
        recorded._inner = inner;
        return recorded;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        _called.TryAdd(targetMethod.Name[..^"Async".Length], true);
        return targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
    }
}
