// One event as a line of a story, with the testimonies behind it; and what needs attention now, from all that the node tells.

function makeEvent(event) {
  const time = h('time');
  const state = h('span');
  const sentence = h('span.sentence');
  const more = h('div.more-of-it');
  const node = h('li', null, h('details', {
    toggle: toggled => toggled.currentTarget.open && more.childElementCount === 0 && more.append(...evidenceOf(event)),
  }, h('summary', null, time, state, sentence), more));
  return { node, time, state, sentence };
}

function updateEvent(row, event) {
  const kind = happeningOf(event);
  text(row.time, timeOf(event.time));
  set(row.time, 'datetime', event.at);
  mark(row.state, kind, kind.word, false);
  text(row.sentence, sentenceOf(event));
}

const updateEvents = (parent, events) => keyed(parent, events, event => event.key, makeEvent, updateEvent);

function evidenceOf(event) {
  const words = (event.because ?? event.evidence ?? []).filter(word => typeof word === 'object');
  const list = h('ul.testimonies', null, ...words.map(word => h('li', null,
    h('a', { href: addressOf('members', word.accuser) }, word.accuser), ' ' + evidenceWords(word.evidence) + ' ',
    h('span.soft', null, healthWords(word)))));
  const facts = [['When', dateOf(event.time)], ['Address', event.address], ['Incarnation', event.incarnation]]
    .filter(([, value]) => value !== undefined && value !== null);
  const seen = (event.seenBy ?? []).map(one => `${one.node} at ${timeOf(Date.parse(one.at))}`).join(', ');
  if (seen) facts.push(['Seen by', seen]);
  return [
    words.length > 0 ? list : h('p.soft', null, 'No testimonies belong to this event.'),
    factsOf(facts),
    h('p', null, h('a', { href: addressOf('members', event.member) }, `All that is known of ${event.member}`)),
  ];
}

function healthWords(word) {
  const health = word.accuserLocalHealth ? `held itself unwell (${word.accuserLocalHealth})` : 'held itself well';
  const trip = isNumber(word.accuserRoundTripMs) ? `; round trip before that: ${milliseconds(word.accuserRoundTripMs)}` : '';
  return `(${health}${trip})`;
}

function factsOf(facts) {
  return h('dl.facts', null, ...facts.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, String(wordsOr(value))))));
}

const mostOfKind = 4;

function makeTrouble() {
  const state = h('span');
  const words = h('a');
  return { node: h('li', null, state, words), state, words };
}

function updateTrouble(row, trouble) {
  mark(row.state, trouble.state, trouble.state.word);
  set(row.words, 'href', trouble.href);
  text(row.words, trouble.words);
}

function troublesOf(page) {
  const list = [];
  for (const member of page.members) {
    const state = stateOfMember(member);
    if (state.rank < 4) {
      const time = Date.parse(member.since);
      list.push({ key: 'm' + member.id, state, words: troubleOfMember(member), href: addressOfMember(member), rank: state.rank, time });
    }
    if (state === memberStates.alive && member.indirect) list.push({
      key: 'i' + member.id, state: severities.note, href: addressOfMember(member), rank: 6,
      words: `${member.name} is reached by another path only`,
    });
  }
  for (const finding of model.doctor?.findings ?? []) {
    const state = severities[finding.severity] ?? severities.note;
    const rank = state === severities.error ? 0 : 3;
    if (state === severities.note) continue;
    list.push({ key: 'f' + finding.code + finding.what, state, words: finding.what, href: '#/doctor', rank });
  }
  for (const outlier of model.analytics?.outliers ?? [])
    list.push({
      key: 'o' + outlier, state: { ...severities.warning, word: 'outlier' }, words: outlier, rank: 2,
      ...ofService(serviceOfOutlier(outlier)),
    });
  for (const service of model.analytics?.services ?? [])
    if (service.calls >= 20 && service.failureRate >= 0.05) list.push({
      key: 'c' + service.name, state: { ...severities.error, word: 'failing' }, rank: 1, ...ofService(service.name),
      words: `${percent(service.failureRate)} of the calls of ${service.name} fail`,
    });
  for (const service of page.services) {
    for (const instance of service.instances) {
      const state = stateOfInstance(instance);
      if (!['warn', 'bad'].includes(state.tone)) continue;
      list.push({
        key: `s${service.name} ${instance.nodeId} ${instance.id}`, state, rank: 5, ...ofService(service.name),
        words: `${instance.id} of ${service.name}${instance.reason ? ': ' + instance.reason : ''}`,
      });
    }
  }
  return list.sort((a, b) => a.rank - b.rank || (b.time ?? 0) - (a.time ?? 0));
}

const ofService = service => ({ service, href: addressOf('services', service) });

// A few of each kind, so that many dead members do not hide the one slow instance.
function shortList(list) {
  const byWord = new Map();
  for (const trouble of list) {
    const word = trouble.state.word;
    if (!byWord.has(word)) byWord.set(word, []);
    byWord.get(word).push(trouble);
  }
  return [...byWord].flatMap(([word, all]) => all.length <= mostOfKind + 1 ? all : [
    ...all.slice(0, mostOfKind),
    { ...all[mostOfKind], key: 'more ' + word, words: `${count(all.length - mostOfKind)} more`, href: allOf(word) ?? all[mostOfKind].href },
  ]);
}

const allOf = word => ['dead', 'suspect'].includes(word) ? addressOf('members', null, { state: word }) : null;

// The newest event has the cause in words, where it is an accusation; else the time has to do.
function troubleOfMember(member) {
  const newest = model.events.findLast(event => event.member === member.name && event.address === member.address
    && happeningOf(event).group !== 'services');
  return newest && ['suspicions', 'deaths'].includes(happeningOf(newest).group)
    ? sentenceOf(newest)
    : `${member.name}, since ${timeOf(Date.parse(member.since))}`;
}
