using KinesisClientNet.AotApp;

// Published native and run by NativeTests; as an ordinary program by TerminationTests.
return args switch
{
    [] => await SmokeTest.RunAsync(),
    ["load"] => await LoadedHost.RunAsync(),
    ["first-put", var endpoint] => await FirstPut.RunAsync(new Uri(endpoint)),
    _ => SmokeTest.Fail($"No such command: {string.Join(' ', args)}"),
};
