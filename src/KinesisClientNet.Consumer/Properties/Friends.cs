using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("KinesisClientNet.Hosting")]
[assembly: InternalsVisibleTo("KinesisClientNet.Testing")]
[assembly: InternalsVisibleTo("KinesisClientNet.Consumer.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Architecture.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Integration.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Fuzz")]
[assembly: InternalsVisibleTo("KinesisClientNet.Benchmarks")]
[assembly: InternalsVisibleTo("KinesisClientNet.LoadRig")]
[assembly: InternalsVisibleTo("KinesisClientNet.Simulation")]
