using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("KinesisClientNet.Simulation.Tests")]
