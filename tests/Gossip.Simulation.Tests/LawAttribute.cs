using Xunit.Sdk;

namespace Gossip.Tests;

[XunitTestCaseDiscoverer("Gossip.Tests.LawDiscoverer", "Gossip.Simulation.Tests")]
public sealed partial class LawAttribute;
