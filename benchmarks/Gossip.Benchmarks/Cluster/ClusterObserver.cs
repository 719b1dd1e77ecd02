using System.Collections;
using System.Diagnostics;
using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Cluster;

/// <summary>
/// Sits in one node's loop and stamps what the node learns with the moment at which its readers can see it: the publication of the
/// snapshot, not the arrival of the packet. It polls nothing, and costs an idle node nothing.
/// </summary>
internal sealed class ClusterObserver(Convergence board, int index, MemberId self, int burst) : INodeObserver
{
    private readonly List<News> _heard = [];
    private readonly BitArray _shown = new(burst);
    private int _more;

    /// <summary>Whether a member is of use to a reader: it is there, and so is what it offers.</summary>
    public static bool IsWhole(Member member) => member.IsLive && member.Records.Count > 0;

    public void Happened(in ClusterEvent happened)
    {
        if (happened.Member.Id == self)
            return;
        foreach (var news in board.Watched)
        {
            if (news.IsToldBy(happened))
                _heard.Add(news);
        }

        if (!board.TryFind(happened.Member.Id, out var other))
            return;
        board.CountAlarm(happened.Kind);
        if (index >= burst || other >= burst || _shown[other] == IsWhole(happened.Member))
            return;
        _shown[other] = !_shown[other];
        _more += _shown[other] ? 1 : -1;
    }

    public void Published()
    {
        if (_heard.Count == 0 && _more == 0)
            return;
        var moment = Stopwatch.GetTimestamp();
        foreach (var news in _heard)
            news.Learn(index, moment);
        _heard.Clear();
        if (_more != 0)
            board.Show(_more, moment);
        _more = 0;
    }
}
