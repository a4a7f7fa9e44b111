using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("KinesisClientNet.Local.Server")]
[assembly: InternalsVisibleTo("KinesisClientNet.Testing")]
[assembly: InternalsVisibleTo("KinesisClientNet.Local.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Consumer.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Integration.Tests")]
[assembly: InternalsVisibleTo("KinesisClientNet.Fuzz")]
