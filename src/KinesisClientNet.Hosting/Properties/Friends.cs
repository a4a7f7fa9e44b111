using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("KinesisClientNet.Hosting.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Architecture.Tests")]
