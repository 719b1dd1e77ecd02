using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>Makes connections come from another machine: the one that runs the test may have no second address.</summary>
internal static class Far
{
    public static void Comes(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.RemoteEndPoint = new IPEndPoint(IPAddress.Parse("203.0.113.7"), 4711);
        return next(connection);
    });
}
