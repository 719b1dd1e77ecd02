using System.Globalization;

namespace Gossip.Benchmarks.Endurance;

/// <summary>What is resident of a process, in kB, by the kind of its mapping: which of them grows tells what it is.</summary>
/// <param name="Files">Pages of assemblies and libraries.</param>
/// <param name="Code">What the runtime has compiled, which it maps from a file in memory.</param>
/// <param name="Arenas">What the C library's allocator holds, in use or not: the compiler's work, ciphers, the runtime's own.</param>
/// <param name="Anonymous">The rest: the collector's heap, the tables of the runtime, stacks.</param>
internal readonly record struct ProcessMemory(long Files, long Code, long Arenas, long Anonymous)
{
    /// <summary>The allocator gives each arena but the first a place of this size, at a multiple of it (glibc's HEAP_MAX_SIZE).</summary>
    private const ulong ArenaPlace = 64UL << 20;

    public long Resident => Files + Code + Arenas + Anonymous;

    public static ProcessMemory Read(int process) => Of(File.ReadLines($"/proc/{process}/smaps"));

    /// <summary>Reads the lines of <c>/proc/PID/smaps</c> (proc_pid_smaps(5)).</summary>
    public static ProcessMemory Of(IEnumerable<string> lines)
    {
        var mappings = new List<Mapping>();
        foreach (var line in lines)
        {
            var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':'))
                mappings.Add(Mapping.Of(words));
            else if (words[0] == "Rss:")
                mappings[^1] = mappings[^1] with { Resident = long.Parse(words[1], CultureInfo.InvariantCulture) };
        }

        var memory = new ProcessMemory();
        foreach (var (index, mapping) in mappings.Index())
            memory = memory.With(mapping, index + 1 < mappings.Count ? mappings[index + 1] : default);
        return memory;
    }

    private ProcessMemory With(in Mapping mapping, in Mapping next) => mapping.Path switch
    {
        "[heap]" => this with { Arenas = Arenas + mapping.Resident },
        "" when IsArena(mapping, next) => this with { Arenas = Arenas + mapping.Resident },
        _ when mapping.Path.StartsWith("/memfd:doublemapper", StringComparison.Ordinal) => this with { Code = Code + mapping.Resident },
        _ when mapping.Path.StartsWith('/') => this with { Files = Files + mapping.Resident },
        _ => this with { Anonymous = Anonymous + mapping.Resident },
    };

    /// <summary>It fills its place, or what is left of that is reserved behind it.</summary>
    private static bool IsArena(in Mapping mapping, in Mapping next) =>
        mapping.From % ArenaPlace == 0
        && (mapping.To == mapping.From + ArenaPlace || (next.From == mapping.To && !next.IsReadable && next.To == mapping.From + ArenaPlace));

    private readonly record struct Mapping(ulong From, ulong To, bool IsReadable, string Path, long Resident)
    {
        public static Mapping Of(string[] words)
        {
            var ends = words[0].Split('-');
            return new Mapping(
                ulong.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                ulong.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                words[1].StartsWith('r'),
                words.Length < 6 ? "" : words[5],
                0);
        }
    }
}
