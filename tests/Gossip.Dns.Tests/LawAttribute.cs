using Xunit.Sdk;

namespace Gossip.Tests;

[XunitTestCaseDiscoverer("Gossip.Tests.LawDiscoverer", "Gossip.Dns.Tests")]
public sealed partial class LawAttribute;
