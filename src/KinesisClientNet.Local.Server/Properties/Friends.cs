using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("KinesisClientNet.Local.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Architecture.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Integration.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Fuzz")]
[assembly: InternalsVisibleTo("KinesisClientNet.Benchmarks")]
[assembly: InternalsVisibleTo("KinesisClientNet.LoadRig")]
