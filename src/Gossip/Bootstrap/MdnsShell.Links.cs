using System.Security.Cryptography;
using Gossip.Configuration;

namespace Gossip.Bootstrap;

/// <content>Which links there are: opened, closed, and explained.</content>
internal sealed partial class MdnsShell
{
    /// <summary>A machine with more links than this (bridges of containers, mostly) needs other seeds.</summary>
    private const int MostLinks = 64;

    private static readonly TimeSpan ListingInterval = TimeSpan.FromSeconds(5);

    /// <summary>A change of the network comes in many pieces: link, address, route.</summary>
    private static readonly TimeSpan ListingDelay = TimeSpan.FromMilliseconds(200);

    private readonly MdnsPatterns _patterns = new(options.Interfaces);
    private readonly Dictionary<string, string> _failing = [];
    private IReadOnlyList<MdnsVerdict> _judged = [];
    private IReadOnlyList<MdnsVerdict> _verdicts = [];
    private TimeSpan _nextListing;
    private bool _hasWarned;
    private volatile bool _isNudged;

    /// <summary>The verdict on each interface.</summary>
    public IReadOnlyList<MdnsVerdict> Interfaces => Volatile.Read(ref _verdicts);

    private void Relist()
    {
        _isNudged = true;
        _arrivals.Writer.TryWrite(null);
    }

    private bool IsListingDue()
    {
        if (_isNudged)
        {
            _isNudged = false;
            var soon = Now + ListingDelay;
            _nextListing = soon < _nextListing ? soon : _nextListing;
        }

        return _nextListing <= Now;
    }

    private void ListLinks()
    {
        _nextListing = Now + ListingInterval;
        IReadOnlyList<MdnsAdvertisement> cards;
        try
        {
            cards = MdnsAdvertisement.List();
        }
        catch (Exception fault)
        {
            LogCannotList(logger, fault);
            return;
        }

        var judged = cards.Select(card => options.IsIPv4Only ? card.ForIPv4Only() : card)
            .Select(card => (Card: card, Verdict: card.Judge(_patterns))).ToList();
        var present = judged.Where(one => one.Verdict.IsUsed).OrderByDescending(one => one.Card.Score)
            .SelectMany(one => one.Card.Links()).Take(MostLinks).ToList();
        CloseAllBut(present);
        foreach (var at in present)
            if (!_links.TryGetValue((at.Index, at.Family), out var link))
                Open(at);
            else if (!link.At.SameAs(at))
                link.Publish(Now, at, _published.Options, _published.Services);
        foreach (var link in _links.Values)
            link.SetAddressesElsewhere(
                [.. cards.Where(card => card.Name != link.At.Name).SelectMany(card => card.Subnets).Select(subnet => subnet.Address)]);
        _judged = [.. judged.Select(one => one.Verdict)];
        Explain();
        if (_links.Count == 0 && !_hasWarned)
            LogNoLink(logger, string.Join("; ", _verdicts.Select(verdict => $"{verdict.Interface}: {verdict.Reason}")));
        _hasWarned |= _links.Count == 0;
    }

    private void CloseAllBut(List<MdnsInterface> present)
    {
        var gone = _links.Where(link => link.Value.Receiving.IsCompleted
            || !present.Exists(at => (at.Index, at.Family) == link.Key)).ToList();
        foreach (var (key, link) in gone)
        {
            Close(link);
            _links.Remove(key);
            LogLinkClosed(logger, link.At.Link);
        }

        if (gone.Count > 0)
            Print(isLast: false);
    }

    private void Explain()
    {
        var verdicts = _judged.OrderBy(verdict => verdict.Interface, StringComparer.Ordinal).Select(AsItTurnedOut).ToList();
        foreach (var verdict in verdicts.Except(_verdicts))
            LogVerdict(logger, verdict.Interface, verdict.IsUsed ? "used" : "not used", verdict.Reason);
        Volatile.Write(ref _verdicts, verdicts);
    }

    private MdnsVerdict AsItTurnedOut(MdnsVerdict verdict)
    {
        if (!verdict.IsUsed)
            return verdict;
        var failures = _failing.Where(failure => failure.Key.StartsWith($"{verdict.Interface} ", StringComparison.Ordinal))
            .Select(failure => $"{failure.Key} failed: {failure.Value}").ToList();
        var links = _links.Values.Where(link => link.At.Name == verdict.Interface).ToList();
        // The echo takes a moment: nothing is reported about it until it has arrived.
        var hearsItself = links.Exists(link => link.HearsItself);
        var reason = string.Join("; ", failures.Prepend(verdict.Reason)) + (hearsItself ? "; hears its own multicast" : "");
        return new MdnsVerdict(verdict.Interface, links.Count > 0, reason, hearsItself);
    }

    private void Open(MdnsInterface at)
    {
        MdnsSocket? orphan = null;
        try
        {
            orphan = MdnsSocket.Open(at);
            var link = new MdnsLink(at, orphan, options, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
            link.Start(Now, _published.Options, _published.Services, Deliver);
            _links.Add((at.Index, at.Family), link);
            orphan = null;
            _failing.Remove(at.Link);
            LogLinkOpened(logger, at.Link);
        }
        catch (Exception failure)
        {
            // Logged once, and not at every listing; the other interfaces go on in any case.
            if (_failing.TryAdd(at.Link, failure.Message))
                LogLinkFailed(logger, at.Link, failure.Message);
        }
        finally
        {
            orphan?.Dispose();
        }
    }

    private void Close(MdnsLink link)
    {
        try
        {
            link.Close(Now);
        }
        catch (Exception fault)
        {
            LogCloseFailed(logger, link.At.Link, fault);
        }
    }
}
