using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Diagnostics;

/// <content>What the log says of events.</content>
internal sealed partial class EventJournal
{
    /// <summary>The levels at which the messages below are written.</summary>
    private static LogLevel LevelOf(ClusterEventKind kind) => kind switch
    {
        ClusterEventKind.MemberUpdated or ClusterEventKind.SuspicionConfirmed
            or ClusterEventKind.MemberForgotten or ClusterEventKind.ServicesChanged => LogLevel.Debug,
        ClusterEventKind.NameConflict or ClusterEventKind.AddressConflict or ClusterEventKind.DatagramsBlocked
            or ClusterEventKind.MemberOutOfReach or ClusterEventKind.Impersonated => LogLevel.Warning,
        _ => LogLevel.Information,
    };

    private void Log(NodeEvent happened)
    {
        switch (happened.Kind)
        {
            case ClusterEventKind.MemberJoined:
                MemberJoined(_logger, happened.Name, happened.Address);
                break;
            case ClusterEventKind.MemberUpdated:
                MemberUpdated(_logger, happened.Name, happened.Address);
                break;
            case ClusterEventKind.MemberSuspected:
                MemberSuspected(_logger, happened.Name, happened.Address, happened.Testimonies[0]);
                break;
            case ClusterEventKind.SuspicionConfirmed:
                SuspicionConfirmed(_logger, happened.Name, happened.Address, happened.Testimonies[^1]);
                break;
            case ClusterEventKind.MemberRefuted when happened.Id == _self.Id:
                Refuted(_logger, happened.Address, string.Join("; ", happened.Testimonies));
                break;
            case ClusterEventKind.MemberRefuted:
                MemberRefuted(_logger, happened.Name, happened.Address);
                break;
            case ClusterEventKind.MemberDied:
                MemberDied(_logger, happened.Name, happened.Address, string.Join("; ", happened.Testimonies));
                break;
            case ClusterEventKind.MemberLeft:
                MemberLeft(_logger, happened.Name, happened.Address);
                break;
            case ClusterEventKind.MemberForgotten:
                MemberForgotten(_logger, happened.Name, happened.Address);
                break;
            case ClusterEventKind.ServicesChanged:
                ServicesChanged(_logger, happened.Name, happened.Address, happened.News is "" ? "all of them" : happened.News);
                break;
            case ClusterEventKind.Synchronized:
                Synchronized(_logger, _self.Name, _self.Cluster, _found);
                break;
            case ClusterEventKind.NameConflict:
                NameConflict(_logger, happened.Name, Own, happened.Address);
                break;
            case ClusterEventKind.AddressConflict:
                AddressConflict(_logger, happened.Name, happened.Id, happened.Address, _self.Name);
                break;
            case ClusterEventKind.DatagramsBlocked:
                DatagramsBlocked(_logger, happened.Name, happened.Address, Own);
                break;
            case ClusterEventKind.DatagramsPass:
                DatagramsPass(_logger, happened.Name, happened.Address);
                break;
            case ClusterEventKind.MemberOutOfReach:
                MemberOutOfReach(_logger, happened.Name, happened.Address, Own);
                break;
            case ClusterEventKind.MemberWithinReach:
                MemberWithinReach(_logger, happened.Name, happened.Address);
                break;
            case ClusterEventKind.Impersonated:
                Impersonated(_logger);
                break;
        }
    }

    private void Log(Stranger stranger)
    {
        var where = UnreadablePacketReport.Show(stranger.Peer);
        if (stranger.Reason == DropReason.ForeignCluster)
            OtherCluster(_logger, where, _self.Cluster);
        else if (stranger.Reason == DropReason.Unsealed)
            NoKey(_logger, where);
        else
            OtherKey(_logger, where);
    }

    [LoggerMessage(1, LogLevel.Information, "{Member} at {Address} joined")]
    private static partial void MemberJoined(ILogger logger, string member, PeerAddress address);

    [LoggerMessage(2, LogLevel.Debug, "{Member} at {Address} changed its name, address or zone")]
    private static partial void MemberUpdated(ILogger logger, string member, PeerAddress address);

    [LoggerMessage(3, LogLevel.Information, "{Member} at {Address} is suspected ({Testimony})")]
    private static partial void MemberSuspected(ILogger logger, string member, PeerAddress address, NamedTestimony testimony);

    [LoggerMessage(16, LogLevel.Debug, "The suspicion of {Member} at {Address} is confirmed ({Testimony})")]
    private static partial void SuspicionConfirmed(ILogger logger, string member, PeerAddress address, NamedTestimony testimony);

    [LoggerMessage(4, LogLevel.Information, "{Member} at {Address} is alive after all")]
    private static partial void MemberRefuted(ILogger logger, string member, PeerAddress address);

    [LoggerMessage(22, LogLevel.Information, "Accused ({Testimonies}), this node says that it is alive at {Address}")]
    private static partial void Refuted(ILogger logger, PeerAddress address, string testimonies);

    [LoggerMessage(5, LogLevel.Information, "{Member} at {Address} is held dead ({Testimonies})")]
    private static partial void MemberDied(ILogger logger, string member, PeerAddress address, string testimonies);

    [LoggerMessage(6, LogLevel.Information, "{Member} at {Address} left")]
    private static partial void MemberLeft(ILogger logger, string member, PeerAddress address);

    [LoggerMessage(7, LogLevel.Debug, "{Member} at {Address} is forgotten")]
    private static partial void MemberForgotten(ILogger logger, string member, PeerAddress address);

    [LoggerMessage(8, LogLevel.Debug, "The services of {Member} at {Address} changed ({News})")]
    private static partial void ServicesChanged(ILogger logger, string member, PeerAddress address, string news);

    [LoggerMessage(26, LogLevel.Debug, "{Member} at {Address} was found")]
    private static partial void MemberFound(ILogger logger, string member, PeerAddress address);

    [LoggerMessage(9, LogLevel.Information, "{Node} has the state of cluster '{Cluster}'; other members found: {Others}")]
    private static partial void Synchronized(ILogger logger, string node, string cluster, int others);

    [LoggerMessage(10, LogLevel.Warning,
        "Two live nodes are called '{Name}': this one at {Own}, and another at {Other}. "
            + "Give one of them another Gossip:NodeName, or leave it out")]
    private static partial void NameConflict(ILogger logger, string name, PeerAddress own, PeerAddress other);

    [LoggerMessage(11, LogLevel.Warning,
        "Another live node, '{Name}' ({Id}), claims this node's address {Address}, as '{Self}' does. "
            + "Correct Gossip:AdvertiseAddress on one of them")]
    private static partial void AddressConflict(ILogger logger, string name, MemberId id, PeerAddress address, string self);

    [LoggerMessage(18, LogLevel.Warning,
        "No datagram passes between {Member} at {Address} and this node at {Own}; others or a stream still reach it. "
            + "Let UDP through, both ways: till then news is late there")]
    private static partial void DatagramsBlocked(ILogger logger, string member, PeerAddress address, PeerAddress own);

    [LoggerMessage(19, LogLevel.Information, "Datagrams pass again between {Member} at {Address} and this node")]
    private static partial void DatagramsPass(ILogger logger, string member, PeerAddress address);

    [LoggerMessage(23, LogLevel.Warning,
        "{Member} says that it is alive at {Address}, but nothing that this node at {Own} asks it there is answered, by any path: "
            + "its instances are not offered here until it is. GET /gossip/doctor tells more")]
    private static partial void MemberOutOfReach(ILogger logger, string member, PeerAddress address, PeerAddress own);

    [LoggerMessage(24, LogLevel.Information, "{Member} at {Address} answers this node again, and its instances are offered")]
    private static partial void MemberWithinReach(ILogger logger, string member, PeerAddress address);

    [LoggerMessage(25, LogLevel.Warning,
        "Another process speaks in this node's name: a claim about it came that it never made. It is outranked. "
            + "The sender has the cluster's key or, where there is none, reaches this port. GET /gossip/doctor tells more")]
    private static partial void Impersonated(ILogger logger);

    [LoggerMessage(13, LogLevel.Information,
        "A node at {Address} is of another cluster, and left alone; this one is of '{Cluster}'. "
            + "If they belong together, give both the same Gossip:Cluster")]
    private static partial void OtherCluster(ILogger logger, string address, string cluster);

    [LoggerMessage(14, LogLevel.Information,
        "A node at {Address} has a key that this one does not have, and is left alone. "
            + "If they belong together, give both the same Gossip:Key")]
    private static partial void OtherKey(ILogger logger, string address);

    [LoggerMessage(15, LogLevel.Information,
        "A node at {Address} has no key, and is left alone. If they belong together, give both the same Gossip:Key")]
    private static partial void NoKey(ILogger logger, string address);

    [LoggerMessage(17, LogLevel.Warning,
        "To another node this one looks like {Seen}, and it advertises {Advertised}. "
            + "If others do not reach it, set Gossip:AdvertiseAddress to the address at which they do")]
    private static partial void SeenElsewhere(ILogger logger, PeerAddress seen, PeerAddress advertised);

    [LoggerMessage(12, LogLevel.Error, "A turn of the gossip loop failed; the loop goes on. This is a bug: please report it")]
    private static partial void LoopFailed(ILogger logger, Exception failure);
}
