using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("KinesisClientNet.Testing.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Simulation")]
[assembly: InternalsVisibleTo("KinesisClientNet.Simulation.Tests")]
