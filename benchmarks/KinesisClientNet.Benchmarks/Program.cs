using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// Short runs inside this process: no project is generated and built per benchmark, which needs neither a second restore nor minutes.
// dotnet run -c Release --project benchmarks/KinesisClientNet.Benchmarks -- --filter '*'          everything
// dotnet run -c Release --project benchmarks/KinesisClientNet.Benchmarks -- --list flat           the names
var config = ManualConfig.CreateMinimumViable()
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumn(StatisticColumn.OperationsPerSecond)
    .HideColumns(Column.Error, Column.StdDev, Column.RatioSD)
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithId("short"));
return BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config).Any(s => s.HasCriticalValidationErrors) ? 1 : 0;
