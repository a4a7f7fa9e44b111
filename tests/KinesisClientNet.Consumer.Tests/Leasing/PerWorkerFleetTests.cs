namespace KinesisClientNet.Consumer.Tests.Leasing;

/// <summary>Everything that holds for a fleet with a renewal for each lease holds with one heartbeat a worker.</summary>
public sealed class PerWorkerFleetTests : FleetTests
{
    protected override LeaseRenewal Renewal => LeaseRenewal.PerWorker;
}

/// <summary>Everything that holds for hand-overs with a renewal for each lease holds with one heartbeat a worker.</summary>
public sealed class PerWorkerHandoverTests : HandoverTests
{
    protected override LeaseRenewal Renewal => LeaseRenewal.PerWorker;
}
