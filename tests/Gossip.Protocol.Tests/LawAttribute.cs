using Xunit.Sdk;

namespace Gossip.Tests;

[XunitTestCaseDiscoverer("Gossip.Tests.LawDiscoverer", "Gossip.Protocol.Tests")]
public sealed partial class LawAttribute;
