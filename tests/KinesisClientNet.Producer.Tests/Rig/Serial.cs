// The rig tells from the thread pool's queue whether a producer has come to rest: tests beside it would blur that.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
