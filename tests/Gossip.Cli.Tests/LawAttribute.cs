using Xunit.Sdk;

namespace Gossip.Tests;

[XunitTestCaseDiscoverer("Gossip.Tests.LawDiscoverer", "Gossip.Cli.Tests")]
public sealed partial class LawAttribute;
