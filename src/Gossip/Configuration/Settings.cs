using static Gossip.Configuration.Setting;

namespace Gossip.Configuration;

/// <summary>Every key of the configuration section. What is not here is a mistake of whoever typed it.</summary>
internal static class Settings
{
    public static Setting[] All { get; } =
    [
        Text("Cluster", (o, value) => o.Cluster = value),
        Text("NodeName", (o, value) => o.NodeName = value),
        Text("BindAddress", (o, value) => o.BindAddress = value),
        Whole("Port", (o, value) => o.Port = value),
        Text("AdvertiseAddress", (o, value) => o.AdvertiseAddress = value),
        Text("Key", (o, value) => o.Key = value),
        Flag("AllowInsecure", (o, value) => o.AllowInsecure = value),
        List("Seeds", o => o.Seeds),
        Text("AddressBook", (o, value) => o.AddressBook = value),
        Text("Zone", (o, value) => o.Zone = value),
        Flag("UseMdns", (o, value) => o.UseMdns = value),
        List("Mdns:Interfaces", o => o.Mdns.Interfaces),
        Flag("Mdns:PublishServices", (o, value) => o.Mdns.PublishServices = value),
        Flag("Service:Register", (o, value) => o.Service.Register = value),
        Text("Service:Name", (o, value) => o.Service.Name = value),
        Text("Service:Version", (o, value) => o.Service.Version = value),
        Whole("Service:Weight", (o, value) => o.Service.Weight = value),
        List("Service:Tags", o => o.Service.Tags),
        Pairs("Service:Metadata", o => o.Service.Metadata),
        List("Service:Endpoints", o => o.Service.Endpoints),
        Text("Service:Host", (o, value) => o.Service.Host = value),
        Text("Protocol:Preset", (o, value) => o.Protocol.Preset = value),
        Time("Protocol:ProbeInterval", (o, value) => o.Protocol.ProbeInterval = value),
        Time("Protocol:ProbeTimeout", (o, value) => o.Protocol.ProbeTimeout = value),
        Time("Protocol:ProbeWindow", (o, value) => o.Protocol.ProbeWindow = value),
        Whole("Protocol:RelayCount", (o, value) => o.Protocol.RelayCount = value),
        Number("Protocol:SuspicionAlpha", (o, value) => o.Protocol.SuspicionAlpha = value),
        Time("Protocol:SuspicionFloor", (o, value) => o.Protocol.SuspicionFloor = value),
        Number("Protocol:SuspicionBeta", (o, value) => o.Protocol.SuspicionBeta = value),
        Whole("Protocol:SuspicionConfirmations", (o, value) => o.Protocol.SuspicionConfirmations = value),
        Time("Protocol:RefusedGrace", (o, value) => o.Protocol.RefusedGrace = value),
        Whole("Protocol:LocalHealthLimit", (o, value) => o.Protocol.LocalHealthLimit = value),
        Whole("Protocol:Fanout", (o, value) => o.Protocol.Fanout = value),
        Number("Protocol:TransmitMultiplier", (o, value) => o.Protocol.TransmitMultiplier = value),
        Time("Protocol:GossipPace", (o, value) => o.Protocol.GossipPace = value),
        Time("Protocol:GossipCoalesce", (o, value) => o.Protocol.GossipCoalesce = value),
        Time("Protocol:ReviveInterval", (o, value) => o.Protocol.ReviveInterval = value),
        Time("Protocol:ForgetDeadAfter", (o, value) => o.Protocol.ForgetDeadAfter = value),
        Time("Protocol:ForgetLeftAfter", (o, value) => o.Protocol.ForgetLeftAfter = value),
        Whole("Protocol:DatagramSize", (o, value) => o.Protocol.DatagramSize = value),
        Whole("Protocol:MaxMembers", (o, value) => o.Protocol.MaxMembers = value),
    ];
}
