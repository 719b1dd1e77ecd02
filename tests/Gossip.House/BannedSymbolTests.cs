using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Gossip.House;

/// <summary>The pure projects keep themselves pure at compile time; here the ban is proven by compiling what it forbids.</summary>
public sealed class BannedSymbolTests
{
    private static readonly MetadataReference[] Platform =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).Split('.')[0] is "System" or "MessagePack")
            .Select(path => MetadataReference.CreateFromFile(path))];

    private static readonly Lazy<ImmutableArray<DiagnosticAnalyzer>> Analyzers = new(LoadAnalyzers);

    private const string Usings = """
        using System; using System.Collections.Concurrent; using System.Collections.Frozen; using System.Collections.Generic;
        using System.Collections.Immutable; using System.Diagnostics; using System.IO; using System.Linq; using System.Net; using System.Net.Http;
        using System.Net.Sockets; using System.Security.Cryptography; using System.Threading; using System.Threading.Channels; using System.Threading.Tasks;
        """;

    public static TheoryData<string> PureProjects => ["Gossip.Protocol", "Gossip.Dns"];

    private static string[] Forbidden =>
    [
        "DateTime.UtcNow", "DateTimeOffset.Now", "Stopwatch.GetTimestamp()", "new Stopwatch()", "TimeProvider.System.GetTimestamp()",
        "Environment.TickCount", "Environment.TickCount64", "Environment.MachineName", "Process.GetCurrentProcess()",
        "new Random()", "new Random(4)", "Random.Shared.Next()", "Guid.NewGuid()", "Guid.CreateVersion7()", "RandomNumberGenerator.GetInt32(4)",
        "new Socket(SocketType.Dgram, ProtocolType.Udp)", "new UdpClient()", "new HttpClient()", "Dns.GetHostName()",
        "System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()", "Console.Out", "File.ReadAllText(text)",
        "new FileStream(text, FileMode.Open)", "new MemoryStream()", "new FileInfo(text)", "Directory.GetFiles(text)", "new System.IO.Pipelines.Pipe()",
        "new Thread(() => { })", "ThreadPool.ThreadCount", "new Timer(_ => { })", "new System.Timers.Timer()", "new PeriodicTimer(TimeSpan.Zero)",
        "Monitor.TryEnter(other)", "new Lock()", "new SemaphoreSlim(1)", "new ReaderWriterLockSlim()", "new Mutex()", "new SpinLock()",
        "Interlocked.Increment(ref number)", "new ThreadLocal<int>()", "new AsyncLocal<int>()", "new CancellationTokenSource()",
        "Task.CompletedTask", "Task.FromResult(1)", "Task.Run(() => 1)", "new ValueTask<int>(1)", "new TaskCompletionSource<int>()", "Parallel.For(0, 1, _ => { })",
        "Channel.CreateUnbounded<int>()", "list.AsParallel()",
        "new ConcurrentDictionary<int, int>()", "new ConcurrentQueue<int>()", "list.ToFrozenSet()",
        "ImmutableDictionary<int, int>.Empty", "ImmutableDictionary.Create<int, int>()", "list.ToImmutableDictionary(x => x)",
        "ImmutableHashSet<int>.Empty", "ImmutableHashSet.Create<int>()", "list.ToImmutableHashSet()",
        "HashCode.Combine(1, 2)", "new HashCode()", "text.GetHashCode()", "text.GetHashCode(StringComparison.Ordinal)", "other.GetHashCode()",
        "string.GetHashCode(text.AsSpan())", "StringComparer.Ordinal.GetHashCode(text)", "EqualityComparer<string>.Default.GetHashCode(text)",
        "System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(other)",
    ];

    /// <summary>What MessagePack has beside its primitives; only the project that takes the package has to forbid it.</summary>
    private static string[] ForbiddenOfMessagePack =>
    [
        "MessagePack.MessagePackSerializer.Serialize(number)",
        "MessagePack.MessagePackSerializer.Deserialize<int>(ReadOnlyMemory<byte>.Empty)",
        "new MessagePack.MessagePackReader(ReadOnlyMemory<byte>.Empty)", "new MessagePack.MessagePackWriter(null!)",
        "MessagePack.Resolvers.StandardResolver.Instance", "MessagePack.Formatters.NilFormatter.Instance",
        "new MessagePack.MessagePackObjectAttribute()",
    ];

    private static string[] Allowed =>
    [
        "new Dictionary<string, int>(StringComparer.Ordinal)", "new HashSet<int>()", "new SortedList<int, int>()", "ImmutableArray.Create(1)",
        "ImmutableSortedDictionary.Create<int, int>()",
        "MessagePack.MessagePackPrimitives.TryWriteNil(default, out _)", "TimeSpan.Zero.Ticks", "IPAddress.Loopback", "new IPEndPoint(IPAddress.Any, number)", "text.AsSpan().Length",
    ];

    [Theory]
    [MemberData(nameof(PureProjects))]
    public void Every_ban_names_the_replacement(string project) => Law.Holds(
        $"src/{project}/BannedSymbols.txt: write 'id;what to do instead':",
        from line in BanList(project).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        where line.Split(';', 2) is not [_, { } message] || message.Trim().Length < 10
        select line);

    [Theory]
    [MemberData(nameof(PureProjects))]
    public void Every_ban_names_a_symbol_that_exists(string project) => Law.Holds(
        $"src/{project}/BannedSymbols.txt: no such symbol, so nothing is banned:",
        from line in BanList(project).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let id = line.Split(';')[0]
        where DocumentationCommentId.GetFirstSymbolForDeclarationId(id, Compile("")) is null
        select id);

    [Theory]
    [MemberData(nameof(PureProjects))]
    public async Task Every_forbidden_use_is_an_error_and_nothing_else_is(string project)
    {
        string[] forbidden = project == "Gossip.Protocol" ? [.. Forbidden, .. ForbiddenOfMessagePack] : Forbidden;
        string[] uses = [.. forbidden, .. Allowed];
        var compilation = Compile(string.Join('\n', uses.Select(use => $"_ = {use};")));
        Assert.Empty(compilation.GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error));

        var options = new AnalyzerOptions([new BanFile(BanList(project))]);
        var found = await compilation.WithAnalyzers(Analyzers.Value, options).GetAnalyzerDiagnosticsAsync();
        var banned = found.Where(diagnostic => diagnostic.Id == "RS0030")
            .Select(diagnostic => uses[diagnostic.Location.GetLineSpan().StartLinePosition.Line - FirstLine]).ToHashSet();

        Law.Holds($"src/{project}/BannedSymbols.txt lets through:", forbidden.Except(banned));
        Law.Holds($"src/{project}/BannedSymbols.txt forbids too much:", Allowed.Intersect(banned));
    }

    private const int FirstLine = 4;

    private static string BanList(string project) => Repository.Read($"src/{project}/BannedSymbols.txt");

    private static CSharpCompilation Compile(string statements) => CSharpCompilation.Create(
        "sample",
        [CSharpSyntaxTree.ParseText($"{Usings}\nclass C {{ void M(string text, List<int> list, object other, int number) {{\n{statements}\n}} }}")],
        Platform,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

    private static ImmutableArray<DiagnosticAnalyzer> LoadAnalyzers()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "analyzers");
        var loader = new AnalyzerLoader();
        return [.. Directory.GetFiles(folder, "*.dll").SelectMany(path => new AnalyzerFileReference(path, loader).GetAnalyzers(LanguageNames.CSharp))];
    }

    private sealed class AnalyzerLoader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public System.Reflection.Assembly LoadFromPath(string fullPath) => System.Reflection.Assembly.LoadFrom(fullPath);
    }

    private sealed class BanFile(string text) : AdditionalText
    {
        public override string Path => "BannedSymbols.txt";

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }
}
