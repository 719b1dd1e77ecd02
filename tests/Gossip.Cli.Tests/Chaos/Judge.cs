using System.Globalization;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>
/// Compares what observers found with what was true, after the run, and knows nothing of the agent but when it ran.
/// <code>
/// gap      a living service that an observer of its network does not find, though it found it before, or had the time to
/// overdue  a service that is not to be called, and is found after its bound
/// </code>
/// A machine that is busy makes processes wait. How long each waited is measured by the kernel, and by so much an observer may be late.
/// </summary>
internal sealed class Judge(double lease, Stalls stalls, double begin, double end)
{
    /// <summary>A living service is found so many seconds after it is: its checks look every second, and the rest is the news' way.</summary>
    public const double Appearance = 3;

    /// <summary>The death of an agent is known to all after so many seconds: its host lives, and refuses.</summary>
    public const double Detection = 5;

    /// <summary>Both sides of a healed network agree after so many: what the fault matrix demands of nine nodes.</summary>
    public const double Healing = 37;

    /// <summary>
    /// On a host that is cut off news reach another process of that host within a round of probes, one a second for each of nine members:
    /// until the others are held dead, they are told most of it.
    /// </summary>
    public const double Seclusion = 10;

    /// <summary>The truth is looked at ten times a second, and an observer may be ahead of it.</summary>
    private const double Blur = 0.5;

    /// <summary>Who stands still for so long may be held dead (docs/OPERATIONS.md).</summary>
    private const double Promised = 2;

    /// <summary>How long before a death its reason may be.</summary>
    private const double Suspicion = 10;

    private readonly List<string> _gaps = [];
    private readonly List<string> _overdue = [];
    private readonly List<string> _excused = [];
    private readonly SortedDictionary<string, List<double>> _untilGone = new(StringComparer.Ordinal);
    private readonly List<double> _untilFound = [];

    public IReadOnlyList<string> Gaps => _gaps;

    public IReadOnlyList<string> Overdue => _overdue;

    /// <summary>Those of both that are explained by processes that stood still.</summary>
    public IReadOnlyList<string> Excused => _excused;

    /// <summary>How many seconds of a living service were judged, of how many, summed over the observers.</summary>
    public (double Judged, double All) LivingSeconds { get; private set; }

    /// <summary>The same of what was down.</summary>
    public (double Judged, double All) DownSeconds { get; private set; }

    /// <summary>Seconds until nobody called what was down, by what was down.</summary>
    public IReadOnlyDictionary<string, List<double>> UntilGone => _untilGone;

    /// <summary>Seconds until what came up was found.</summary>
    public IReadOnlyList<double> UntilFound => _untilFound;

    public void Compare(ServiceTruth truth, Sight sight, IReadOnlyList<Outage> outages, IReadOnlyList<(int Host, Stretch When)> cuts)
    {
        var ofHost = outages.Where(outage => outage.Host == truth.Host).ToList();
        // Nothing is judged before all that was started has been found once.
        var parted = cuts.Where(cut => truth.Host != sight.Host && (cut.Host == truth.Host || cut.Host == sight.Host))
            .Select(cut => cut.When with { Until = cut.When.Until + Healing }).Append(new(0, begin)).ToList();
        var callable = sight.Callable(truth.Name, end);
        var secluded = cuts.Where(cut => truth.Host == sight.Host && cut.Host == truth.Host).Select(cut => cut.When).ToList();
        string[] involved = [Stall.Run, Stall.Agent(truth.Host), sight.Name, truth.Name];
        Living(truth, sight, callable, Joined(ofHost), parted, secluded, involved);
        Dead(truth, sight, callable, ofHost, parted, secluded, involved);
    }

    /// <summary>How much longer news of that moment may take.</summary>
    private static double Delay(List<Stretch> secluded, double at, double until) =>
        secluded.Exists(cut => cut.Overlaps(at, until)) ? Seclusion : 0;

    /// <summary>An agent that dies again before it has looked at its services has never been back.</summary>
    private static List<Outage> Joined(IEnumerable<Outage> outages)
    {
        var joined = new List<Outage>();
        foreach (var outage in outages.OrderBy(one => one.Gone.From))
        {
            if (joined is [.., var last] && outage.Gone.From < last.Gone.Until + Appearance)
                joined[^1] = new(last.Host, last.Gone with { Until = outage.Gone.Until }, last.IsRetired || outage.IsRetired);
            else
                joined.Add(outage);
        }

        return joined;
    }

    /// <summary>
    /// When a living service may be missed: its agent was away for as long as the lease, has taken it back, or went before it knew of it.
    /// </summary>
    private Stretch Missed(Outage outage, Stretch living, IReadOnlyList<Stretch> callable)
    {
        var (gone, back) = (outage.Gone.From, outage.Gone.Until + Appearance);
        // What is found of it may be left from an earlier life.
        var isUnknown = living.From + Appearance > gone && !callable.Any(one => one.From >= living.From - Blur && one.From <= gone);
        if (outage.IsRetired || isUnknown)
            return new(gone, back);
        return back - gone >= lease ? new(gone + lease, back) : new(back, back);
    }

    private void Living(
        ServiceTruth truth, Sight sight, IReadOnlyList<Stretch> callable, List<Outage> outages, List<Stretch> parted, List<Stretch> secluded,
        string[] involved)
    {
        var all = truth.When(down => down == Down.None, end).ToList();
        var returns = outages.Select(outage => outage.Gone.Until).Where(back => Delay(secluded, back, back + Appearance) > 0)
            .Select(back => new Stretch(back, back + Appearance + Seclusion)).ToList();
        var judged = all
            .SelectMany(living => Stretch.Without([living], [.. outages.Select(outage => Missed(outage, living, callable)), .. parted, .. returns]))
            .ToList();
        LivingSeconds = (LivingSeconds.Judged + judged.Sum(one => one.Length), LivingSeconds.All + all.Sum(one => one.Length));
        foreach (var living in judged)
        {
            var until = living.Until - Blur;
            var found = callable.FirstOrDefault(one => one.Overlaps(living.From, living.From + Appearance));
            // What is found from before may be left from an earlier life, whose end the agent is just seeing.
            var due = living.From + Appearance + Delay(secluded, living.From, living.From + Appearance);
            var from = found.Length > 0 && found.From > living.From ? found.From : due;
            if (from >= until)
                continue;
            if (found.From > living.From)
                _untilFound.Add(found.From - living.From);
            foreach (var gap in Stretch.Without([new(from, until)], callable))
            {
                // What is late may have waited for its turn again and again; what was there is lost only where somebody got no turn for so long
                // that it was held dead.
                var isLate = gap.From == due;
                var stood = isLate ? stalls.Of(involved, living.From, gap.Until) : stalls.LongestOf(involved, gap.From - Suspicion, gap.Until);
                var isExcused = isLate ? stood >= gap.Length : stood >= Promised && gap.Length <= stood + Detection;
                var what = isLate ? "stood still in all" : "stood still at a stretch";
                (isExcused ? _excused : _gaps).Add(Text($"{sight.Name} does not find {truth.Name} from {gap.From:F2} until {gap.Until:F2} ({gap.Length:F2} s), which lives from {living.From:F2} until {living.Until:F2}; they {what} for {stood:F2} s"));
            }
        }
    }

    private void Dead(
        ServiceTruth truth, Sight sight, IReadOnlyList<Stretch> callable, List<Outage> outages, List<Stretch> parted, List<Stretch> secluded,
        string[] involved)
    {
        foreach (var cause in Enum.GetValues<Down>().Where(cause => cause != Down.None))
        {
            var bound = truth.Bounds.Of(cause);
            foreach (var dead in truth.When(down => down.HasFlag(cause), end))
            {
                // What an agent had registered when it died counts until its lease ends, unless the next one has found it alive before its end.
                var leased = outages.Where(outage => !outage.IsRetired && dead.From < outage.Gone.Until + Appearance)
                    .Select(outage => new Stretch(outage.Gone.From, outage.Gone.From + Detection + lease + 1)).ToList();
                // One that stops drains first what it has registered.
                var stopping = outages.Where(outage => outage.IsRetired).Select(outage => outage.Gone with { Until = outage.Gone.From + 1 });
                Measure(Text($"{cause}, due after {bound} s"), dead, callable, leased, parted);
                var late = bound + Delay(secluded, dead.From, dead.From + bound);
                var judged = Stretch.Without([new(dead.From + late, dead.Until - Blur)], [.. leased, .. stopping, .. parted]);
                DownSeconds = (DownSeconds.Judged + judged.Sum(one => one.Length), DownSeconds.All + Math.Max(0, dead.Length - bound));
                foreach (var due in judged)
                {
                    var last = callable.Where(one => one.Overlaps(due.From, due.Until)).Select(one => Math.Min(one.Until, due.Until)).DefaultIfEmpty().Max();
                    if (last == 0)
                        continue;
                    var stood = stalls.Of(involved, dead.From, last);
                    (last - due.From <= stood ? _excused : _overdue).Add(Text($"{sight.Name} finds {truth.Name} until {last:F2}, {last - dead.From:F2} s after its {cause} ({dead.From:F2}; it was due at {due.From:F2}); they stood still for {stood:F2} s"));
                }
            }
        }
    }

    private void Measure(string name, Stretch dead, IReadOnlyList<Stretch> callable, List<Stretch> leased, List<Stretch> parted)
    {
        var seen = callable.FirstOrDefault(one => one.From <= dead.From && dead.From < one.Until);
        if (seen.Length <= 0 || seen.Until > dead.Until || parted.Exists(cut => cut.Overlaps(dead.From, seen.Until)))
            return;
        if (leased.Exists(one => one.Overlaps(dead.From, seen.Until)))
            name = "its agent too";
        if (!_untilGone.TryGetValue(name, out var all))
            _untilGone[name] = all = [];
        all.Add(seen.Until - dead.From);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The names of those who may stand still.</summary>
internal static class Stall
{
    /// <summary>The run itself, and with it the machine.</summary>
    public const string Run = "run";

    public static string Agent(int host) => $"agent-h{host}";
}
