using Xunit.Sdk;

namespace Gossip.Tests;

[XunitTestCaseDiscoverer("Gossip.Tests.LawDiscoverer", "Gossip.Tests")]
public sealed partial class LawAttribute;
