using System.Globalization;
using Gossip.Cli.Protocols.Eureka.Model;

namespace Gossip.Cli.Protocols.Eureka.Wire;

/// <summary>Writes an instance as Eureka does.</summary>
internal static class InstanceText
{
    private const string DataCenter = "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo";

    /// <summary>The bytes of an instance: a JSON object without a name, or an element.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="action">What happened to it, by Eureka's word.</param>
    /// <param name="format">How it is written.</param>
    public static byte[] Of(EurekaInstance instance, string action, EurekaFormat format)
    {
        using var stream = new MemoryStream();
        using (var writer = EurekaWriter.Of(format, "instance", stream))
            Write(writer, instance, action);
        return stream.ToArray();
    }

    private static void Write(EurekaWriter writer, EurekaInstance instance, string action)
    {
        writer.Text("instanceId", instance.InstanceId);
        writer.Text("hostName", instance.HostName);
        writer.Text("app", instance.App);
        writer.Text("appGroupName", instance.AppGroupName);
        writer.Text("ipAddr", instance.IpAddr);
        writer.Text("status", EurekaStatusText.Of(instance.Effective));
        writer.Text("overriddenStatus", EurekaStatusText.Of(instance.Override));
        writer.Text("overriddenstatus", EurekaStatusText.Of(instance.Override));
        writer.Port("port", instance.Port, instance.IsPortEnabled);
        writer.Port("securePort", instance.SecurePort, instance.IsSecurePortEnabled);
        writer.Number("countryId", 1);
        writer.Begin("dataCenterInfo", DataCenter);
        writer.Text("name", "MyOwn");
        writer.End();
        writer.Begin("leaseInfo");
        writer.Number("renewalIntervalInSecs", instance.RenewalInterval);
        writer.Number("durationInSecs", instance.Duration);
        writer.Number("registrationTimestamp", instance.RegisteredAt);
        writer.Number("lastRenewalTimestamp", instance.UpdatedAt);
        writer.Number("evictionTimestamp", 0);
        writer.Number("serviceUpTimestamp", instance.RegisteredAt);
        writer.End();
        writer.Pairs("metadata", instance.Metadata);
        writer.Text("homePageUrl", instance.HomePageUrl);
        writer.Text("statusPageUrl", instance.StatusPageUrl);
        writer.Text("healthCheckUrl", instance.HealthCheckUrl);
        writer.Text("secureHealthCheckUrl", instance.SecureHealthCheckUrl);
        writer.Text("vipAddress", instance.VipAddress);
        writer.Text("secureVipAddress", instance.SecureVipAddress);
        writer.Text("isCoordinatingDiscoveryServer", "false");
        writer.Text("lastUpdatedTimestamp", instance.UpdatedAt.ToString(CultureInfo.InvariantCulture));
        writer.Text("lastDirtyTimestamp", instance.DirtyAt.ToString(CultureInfo.InvariantCulture));
        writer.Text("actionType", action);
    }
}
