using KinesisClientNet.Core.Service;
using KinesisClientNet.Local.Limits;

namespace KinesisClientNet.Local.Faults;

/// <summary>Every call goes in and out through it: here it meets its fault, and the control plane's limits. Free while there are neither.</summary>
internal sealed class CallGate(FaultPlan faults, ControlLimits? limits, TimeProvider clock, Action afterChange)
{
    /// <summary>The plan's rules are asked; a caller that must work to name its target can ask first.</summary>
    public bool IsOpen => faults.IsEmpty && limits is null;

    /// <summary>Waits or throws as the fault wants; returns the fault when there is more to do during the call or after it.</summary>
    public ValueTask<Fault?> EnterAsync(in FaultTarget call, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<Fault?>(cancellationToken);
        if (IsOpen)
            return default;
        try
        {
            limits?.Count(call.Operation, call.StreamName);
        }
        catch (KinesisApiException refusal)
        {
            return ValueTask.FromException<Fault?>(refusal);
        }

        return faults.Meet(call) is { } fault ? BeforeAsync(fault, call, cancellationToken) : default;
    }

    /// <summary>Delays or loses the answer as the fault wants.</summary>
    public ValueTask LeaveAsync(Fault? fault, CancellationToken cancellationToken) => fault?.Kind switch
    {
        FaultKind.LateAnswer => new(Task.Delay(fault.Wait, clock, cancellationToken)),
        FaultKind.LostAnswer => ValueTask.FromException(Lost("after the call was applied")),
        _ => default,
    };

    /// <summary>A whole call that no fault can change in the middle.</summary>
    public async ValueTask<T> CallAsync<T>(FaultTarget call, Func<T> apply, CancellationToken cancellationToken)
    {
        var fault = await EnterAsync(call, cancellationToken).ConfigureAwait(false);
        var result = apply();
        afterChange();
        await LeaveAsync(fault, cancellationToken).ConfigureAwait(false);
        return result;
    }

    /// <summary>A whole call without a result.</summary>
    public async ValueTask CallAsync(FaultTarget call, Action apply, CancellationToken cancellationToken)
    {
        var fault = await EnterAsync(call, cancellationToken).ConfigureAwait(false);
        apply();
        afterChange();
        await LeaveAsync(fault, cancellationToken).ConfigureAwait(false);
    }

    public static KinesisApiException Lost(string when) =>
        new(KinesisErrorKind.Connection, "ConnectionLost", $"The connection was lost {when} (injected fault).");

    private async ValueTask<Fault?> BeforeAsync(Fault fault, FaultTarget call, CancellationToken cancellationToken)
    {
        switch (fault.Kind)
        {
            case FaultKind.Error:
                var code = fault.Code.Length > 0 ? fault.Code : ThrottleCodeOf(call.Operation);
                throw new KinesisApiException(fault.ErrorKind, code, $"{call.Operation} on {call.StreamName ?? "the account"} failed (injected fault).", fault.HttpStatus);
            case FaultKind.LostRequest:
                throw Lost("before the service had the call");
            case FaultKind.Hang:
                await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken).ConfigureAwait(false);
                return null;
            case FaultKind.Delay:
                await Task.Delay(fault.Wait, clock, cancellationToken).ConfigureAwait(false);
                return null;
            default:
                return fault;
        }
    }

    private static string ThrottleCodeOf(LocalOperation operation) =>
        operation is LocalOperation.PutRecord or LocalOperation.PutRecords or LocalOperation.GetRecords or LocalOperation.GetShardIterator
            ? ServiceRefusal.ThroughputExceeded
            : "LimitExceededException";
}
