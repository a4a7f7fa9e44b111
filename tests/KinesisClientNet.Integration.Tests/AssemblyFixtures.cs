using KinesisClientNet.Integration.Tests.Emulators;

[assembly: AssemblyFixture(typeof(KinesisMockFixture))]
[assembly: AssemblyFixture(typeof(KinesaliteFixture))]
[assembly: AssemblyFixture(typeof(DynaliteFixture))]
[assembly: AssemblyFixture(typeof(LocalStackFixture))]
[assembly: EmulatorLogsOnFailure]
