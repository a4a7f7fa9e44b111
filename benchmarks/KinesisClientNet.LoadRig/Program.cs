using System.CommandLine;
using KinesisClientNet.LoadRig;

return await RigCommands.Build().Parse(args).InvokeAsync();
