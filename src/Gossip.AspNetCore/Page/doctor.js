// Why nodes do not find or do not reach each other, in words, and what to do about it, to be copied.

function doctor() {
  const lead = h('p.lead');
  const findings = h('ul.findings');
  const facts = h('dl.facts.wide');
  const sources = tableOf('Where this node looks for others', [
    textColumn('Source', one => one.name),
    textColumn('Asked', one => one.askedAt ? ago(Date.parse(one.askedAt)) : 'never', 'number'),
    textColumn('Found', one => shortened(one.found.join(', ') || 'nobody', 80), 'code'),
    textColumn('Problem', one => wordsOr(one.problem)),
  ], one => one.name);
  const strangers = tableOf('Packets that cannot be opened', [
    textColumn('From', one => one.address, 'code'),
    textColumn('Reason', one => one.reason),
    numberColumn('Packets', one => count(one.packets)),
    textColumn('Last', one => ago(Date.parse(one.lastAt)), 'number'),
  ], one => one.address + one.reason);
  const strangerPart = panel('Packets that cannot be opened', strangers.node);
  const ask = () => examine();
  return {
    node: h('div.view', null, h('h1', null, 'Doctor'), lead, findings, panel('What it looked at', facts),
      panel('Where this node looks for others', sources.node), strangerPart),
    enter: ask,
    update() {
      const told = model.doctor;
      if (!told) return text(lead, 'The node is being examined.');
      text(lead, told.findings.length === 0 ? 'The doctor finds nothing wrong.'
        : told.well ? 'Nothing is wrong. There is something to know.'
          : `The doctor finds ${many(told.findings.length, 'thing')} to look at.`);
      keyed(findings, told.findings, one => one.code + one.what, makeFinding, updateFinding);
      const rows = [
        ['Surroundings', told.runtimeEnvironment], ['Advertised address', told.address.advertised], ['Because', told.address.because],
        ['Listens at', told.address.listensAt],
        ['Seen by others as', told.address.seenAs.map(one => `${one.address} (${many(one.peers, 'peer')})`).join(', ') || '–'],
        ['No UDP with', told.noUdpWith.join(', ') || 'nobody'],
        ['mDNS', (told.mdnsInterfaces ?? []).map(mdnsWords).join('; ') || 'off'],
      ];
      keyed(facts, rows, row => row[0], ([name]) => {
        const value = h('dd');
        return { node: h('div', null, h('dt', null, name), value), value };
      }, (row, [, value]) => text(row.value, String(value)));
      sources.update(told.sources);
      strangers.update(told.unreadablePackets);
      show(strangerPart, told.unreadablePackets.length > 0);
    },
  };
}

const mdnsWords = one =>
  `${one.name}: ${!one.used ? one.because : one.hearsItself ? 'works' : 'used, but hears nothing'}`;

function makeFinding() {
  const state = h('p');
  const what = h('p.what');
  const remedy = h('code');
  const copy = h('button.plain', { type: 'button', click: () => copyText(remedy, copy) }, 'Copy');
  const part = h('div.remedy', null, h('p.soft', null, 'What to do'), remedy, copy);
  return { node: h('li.panel', null, state, what, part), state, what, remedy, part };
}

function updateFinding(row, finding) {
  const state = severities[finding.severity] ?? severities.note;
  mark(row.state, state, `${state.word}: ${finding.code}`);
  text(row.what, finding.what);
  text(row.remedy, finding.remedy ?? '');
  show(row.part, !!finding.remedy);
}

// Over plain http on another machine a browser gives no clipboard: then the text is selected, to be copied by hand.
async function copyText(source, button) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    text(button, 'Copied');
  } catch {
    getSelection().selectAllChildren(source);
    text(button, 'Selected');
  }
  text(said, button.shown);
  setTimeout(() => text(button, 'Copy'), 2000);
}
