using KinesisClientNet.Core.Service;
using KinesisClientNet.Local;
using KinesisClientNet.Tests.Shared;

namespace KinesisClientNet.Producer.Tests.Rig;

/// <summary>A service whose answers have a result too few while told so, and no latency.</summary>
internal sealed class MiscountingKinesis(FaultyKinesis inner, Func<bool> isWrong) : ForwardingKinesis(inner)
{
    private readonly LocalKinesis _quick = inner.Inner;

    public override async ValueTask<PutRecordsResponse> PutRecordsAsync(PutRecordsRequest request, CancellationToken cancellationToken = default)
    {
        var answer = await _quick.PutRecordsAsync(request, cancellationToken);
        return isWrong() ? answer with { Records = answer.Records.Skip(1).ToArray() } : answer;
    }
}
