// All members as a table, and of one of them all that is known: why it is in its state, in one sentence, and then who said so.

function members(route) {
  return route.item ? oneMember(route.item) : allMembers();
}

// Names are what people send each other, and outlive a restart; where two members share one, the id tells them apart.
function addressOfMember(member) {
  return addressOf('members', model.sharedNames.has(member.name) ? member.id : member.name);
}

function findMember(wanted) {
  const list = model.page.members;
  const named = list.filter(member => member.name.toLowerCase() === wanted.toLowerCase());
  return list.find(member => member.id === wanted) ?? named.find(member => member.state === 'alive') ?? named[0]
    ?? list.find(member => member.address === wanted);
}

const stateWords = member => stateOfMember(member).word + (member.self ? ', this node' : '');

// What was measured of one that is gone says nothing of it now.
const isAsked = member => !member.self && (member.state === 'alive' || member.state === 'suspect');
const roundTripWords = member => isAsked(member) ? milliseconds(member.roundTripMs) : '–';

const memberColumns = [
  { label: 'Member', show: (cell, member) => linkIn(cell, addressOfMember(member), member.name) },
  { label: 'State', show: (cell, member) => mark(cell, stateOfMember(member), stateWords(member)) },
  textColumn('Since', member => ago(Date.parse(member.since)), 'number'),
  textColumn('Zone', member => zoneName(member.zone)),
  numberColumn('Round trip', roundTripWords),
  textColumn('Path', member => !isAsked(member) ? '–' : member.indirect ? 'by relay or stream' : 'direct'),
  numberColumn('CPU', member => isNumber(member.load?.cpuPercent) ? count(member.load.cpuPercent) + ' %' : '–'),
  numberColumn('In flight', member => count(member.load?.inFlight)),
  textColumn('Address', member => member.address, 'code'),
];

function allMembers() {
  const states = choices('State', [['', 'All'], ['alive', 'Alive'], ['suspect', 'Suspect'], ['dead', 'Dead'], ['left', 'Left']]);
  const table = tableOf('Members', memberColumns, member => member.id);
  const zone = h('p.chosen');
  const none = h('p.empty', null, 'No member is in this state. ', h('a', { href: '#/members' }, 'Show all of them.'));
  return {
    node: h('div.view', null, h('h1', null, 'Members'), states.node, zone, table.node, none),
    update(route, what) {
      if (!['page', 'route', 'time'].some(one => what.has(one))) return;
      const [state, place] = [route.query.get('state') ?? '', route.query.get('zone') ?? ''];
      const here = model.page.members.filter(member => !place || (member.zone || '-') === place);
      const shown = here.filter(member => !state || member.state === state);
      states.update(state, value => addressOf('members', null, { state: value, zone: place }),
        value => value ? here.filter(member => member.state === value).length : here.length);
      show(zone, place !== '');
      linkIn(zone, addressOf('members', null, { state }), `Only those in ${zoneName(place === '-' ? '' : place)}. Show all zones.`);
      table.update(shown);
      show(table.node, shown.length > 0);
      show(none, shown.length === 0);
    },
  };
}

function oneMember(wanted) {
  const title = h('h1');
  const state = h('p.state');
  const sentence = h('p.lead');
  const otherList = h('ul.needs');
  const others = panel('Others of this name, such as processes that ran before it', otherList);
  const facts = h('dl.facts.wide');
  const events = h('ol.events');
  const noEvents = h('p.empty', null, 'Nothing has been said of it: it joined before the oldest event that this node keeps.');
  const hosted = tableOf('Its instances', [
    { label: 'Service', show: (cell, one) => linkIn(cell, addressOf('services', one.service), one.service) },
    { label: 'State', show: (cell, one) => mark(cell, stateOfInstance(one)) },
    textColumn('Instance', one => one.id, 'code'),
    textColumn('Version', one => wordsOr(one.version)),
    textColumn('Endpoints', one => one.endpoints.map(endpoint => endpoint.address).join(', '), 'code'),
  ], one => one.service + ' ' + one.id);
  const noInstances = h('p.empty', null, 'It has registered no service.');
  const unknown = h('p.empty', null, 'This node knows no such member. It may have been forgotten, or never have been here. ',
    h('a', { href: '#/members' }, 'All members'));
  const known = h('div.split', null,
    panel('What was said of it', events, noEvents),
    h('div.aside', null, panel('Facts', facts), panel('Instances', hosted.node, noInstances), others));
  const ask = () => askWhy('/why?member=' + encodeURIComponent(wanted));
  return {
    node: h('div.view', null, h('p.path', null, h('a', { href: '#/members' }, 'Members')), title, state, sentence, known, unknown),
    enter: ask,
    titleOf: () => model.page && findMember(wanted)?.name || wanted,
    update(route, what) {
      const member = findMember(wanted);
      const why = model.why;
      const told = why?.events?.map(event => ({ ...event, key: keyOfEvent(event), time: Date.parse(event.at) }))
        ?? model.events.filter(event => member && event.member === member.name && event.address === member.address);
      if (what.has('events') && !what.has('why')) ask();
      text(title, member?.name ?? wanted);
      show(state, !!member);
      text(sentence, why?.sentence ?? (member ? memberWords(member) : ''));
      show(sentence, sentence.shown !== '');
      show(others, (why?.others ?? []).length > 0);
      keyed(otherList, why?.others ?? [], one => one.id, () => plainRow(h('li')), (row, one) =>
        linkIn(row.node, addressOf('members', one.id), `${one.address}, ${(memberStates[one.state] ?? otherState(one.state)).word}`));
      updateEvents(events, told.sort((a, b) => b.time - a.time));
      show(noEvents, told.length === 0);
      show(known, !!member || told.length > 0);
      show(unknown, !member && told.length === 0);
      if (member) showMember(member);
    },
  };

  function showMember(member) {
    mark(state, stateOfMember(member), `${stateWords(member)}, since ${timeOf(Date.parse(member.since))}`);
    const rows = [
      ['Address', member.address], ['Zone', zoneName(member.zone)], ['Id', member.id], ['Incarnation', member.incarnation],
      ['Last heard', member.self ? 'this node' : member.lastHeard ? ago(Date.parse(member.lastHeard)) : 'never by this node'],
      ['Round trip', roundTripWords(member)],
      ['Path', !isAsked(member) ? '–' : member.indirect ? 'no datagram passes: by a relay or a stream' : 'direct'],
      ['Records', member.recordsHeld ? 'held' : 'not held: this node has no room for them'],
      ['Key', wordsOr(member.keyFingerprint, 'none')],
    ];
    keyed(facts, rows, row => row[0], ([name]) => {
      const value = h('dd');
      return { node: h('div', null, h('dt', null, name), value), value };
    }, (row, [, value]) => text(row.value, String(value)));
    const instances = model.page.services.flatMap(service =>
      service.instances.filter(one => one.nodeId === member.id).map(one => ({ ...one, service: service.name })));
    hosted.update(instances);
    show(hosted.node, instances.length > 0);
    show(noInstances, instances.length === 0);
  }
}

const memberWords = member => `${member.name} is ${stateOfMember(member).word} since ${timeOf(Date.parse(member.since))}.`;
