using Gossip.Benchmarks.Fuzzing;
using SharpFuzz;

// One target of `fuzz`, for afl-fuzz, which tells by instrumented assemblies which inputs reach code that others did not. Only .ci/nightly
// builds it, since nobody else needs its package.
//   TARGET          feeds what comes on the standard input, each time to a new life
//   TARGET FOLDER   writes inputs to begin with, by libraries that are not instrumented yet
if (args.Length == 1)
{
    FuzzTarget? target = null;
    Fuzzer.OutOfProcess.Run(stream =>
    {
        // Instrumented code may run only in here, where the memory that it counts in is there.
        target ??= FuzzTarget.Find(args[0]);
        using var input = new MemoryStream();
        stream.CopyTo(input);
        target.FeedOnce(input.ToArray());
    });
    return;
}

Directory.CreateDirectory(args[1]);
foreach (var (number, input) in FuzzTarget.Find(args[0]).DrawSome(100).Index())
    File.WriteAllBytes(Path.Combine(args[1], $"{number}"), input);
