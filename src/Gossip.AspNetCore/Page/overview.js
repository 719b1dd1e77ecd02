// The first look: one sentence, a few figures, the members by zone, and what needs attention.

// Beyond so many members a zone shows its counts, and one by one only those that are not well.
const mostTiles = 200;

function overview() {
  const headline = h('h1');
  const figures = h('dl.figures');
  const zones = h('div.zones');
  const troubles = h('ul.troubles');
  const calm = h('p.calm');
  mark(calm, { shape: 'refuted', tone: 'good' }, 'Nothing needs attention.');
  const events = h('ol.events');
  const noEvents = h('p.empty', null, 'Nothing has happened since this node started.');
  const map = panel('Members by zone', legend(), zones);
  const services = h('ul.service-list');
  const noServices = h('p.empty', null, 'No service is registered yet. Set Gossip:Service:Name and let the server listen.');
  zones.addEventListener('pointerover', nameTile);
  zones.addEventListener('focusin', nameTile);
  zones.addEventListener('keydown', moveAmongTiles);
  const node = h('div.view.overview', null, headline, figures,
    h('div.split', null, panel('Needs attention', calm, troubles), h('div.aside', null, map, panel('Services', services, noServices)),
      panel('Latest', events, noEvents, h('p.more', null, h('a', { href: '#/timeline' }, 'The whole timeline')))));
  return {
    node,
    enter: askAnalyticsOf,
    poll: askAnalyticsOf,
    update(route, what) {
      const page = model.page;
      const hasChanged = (...parts) => what.has('route') || parts.some(part => what.has(part));
      if (hasChanged('page', 'series')) updateFigures(figures, page, hasChanged('series'));
      if (hasChanged('page')) {
        updateZones(zones, page);
      }
      if (hasChanged('page', 'analytics')) updateServiceList(services, page);
      show(noServices, page.services.length === 0);
      if (!hasChanged('page', 'analytics', 'doctor', 'events')) return;
      const list = troublesOf(page);
      text(headline, headlineOf(page, list));
      show(calm, list.length === 0);
      keyed(troubles, shortList(list), trouble => trouble.key, makeTrouble, updateTrouble);
      updateEvents(events, model.events.slice(-8).reverse());
      show(noEvents, model.events.length === 0);
    },
  };
}

function countStates(list) {
  const counts = { alive: 0, suspect: 0, dead: 0, left: 0, unreached: 0 };
  for (const member of list) {
    const state = member.outOfReach && member.state === 'alive' ? 'unreached' : member.state;
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

function headlineOf(page, troubles) {
  const counts = countStates(page.members);
  const here = page.members.length - counts.left;
  if (page.members.length === 1) return 'This node is alone so far.';
  const bad = [
    counts.suspect > 0 ? `${count(counts.suspect)} suspect` : null,
    counts.dead > 0 ? `${count(counts.dead)} dead` : null,
    counts.unreached > 0 ? `${count(counts.unreached)} out of reach` : null,
  ].filter(word => word !== null);
  const services = new Set(troubles.map(trouble => trouble.service).filter(Boolean)).size;
  const but = services > 0 ? `, but ${services === 1 ? 'a service needs' : count(services) + ' services need'} attention`
    : troubles.some(trouble => trouble.state === severities.error) ? ', but the doctor has found something' : '';
  return bad.length === 0 ? `All ${count(here)} members are well${but}.`
    : `${many(here, 'member')}: ${count(counts.alive)} well, ${bad.join(', ')}.`;
}

function updateServiceList(parent, page) {
  const told = new Map((model.analytics?.services ?? []).map(one => [one.name.toLowerCase(), one]));
  keyed(parent, page.services, service => service.name, () => {
    const [name, shapes, versions] = [h('span.name'), h('span'), h('span.soft.versions')];
    const [calls, failures, slowest] = [h('span.number'), h('span.number'), h('span.number')];
    return { node: h('li', null, name, shapes, versions, calls, failures, slowest), name, shapes, versions, calls, failures, slowest };
  }, (row, service) => {
    const one = told.get(service.name.toLowerCase());
    // The same objects as last time say the same.
    if (row.service === service && row.told === one) return;
    Object.assign(row, { service, told: one });
    linkIn(row.name, addressOf('services', service.name), service.name);
    showShapes(row.shapes, service.instances);
    text(row.versions, versionsOf(service.instances));
    text(row.calls, one ? perSecond(one.callsPerSecond) : 'no calls');
    text(row.failures, one ? percent(one.failureRate) + ' fail' : '');
    set(row.failures, 'class', (one?.failureRate ?? 0) >= 0.01 ? 'number bad' : 'number soft');
    text(row.slowest, one ? 'p99 ' + milliseconds(one.p99Ms) : '');
    set(row.slowest, 'class', hasOutlier(one) ? 'number warn' : 'number');
  });
}

const figureList = [
  {
    name: 'Members', href: '#/members',
    read: page => {
      const counts = countStates(page.members);
      const here = page.members.length - counts.left;
      return [count(counts.alive), `alive, of ${count(here)}`, counts.alive / here];
    },
  },
  {
    name: 'Convergence', href: '#/members',
    read: page => {
      const told = page.convergence;
      if (!told) return ['–', 'this node has written no record'];
      const share = told.peers ? told.holders / told.peers : 1;
      return [`${count(told.holders)} of ${count(told.peers)}`, `peers hold version ${count(told.version)}`, share];
    },
  },
  {
    name: 'Services', href: '#/services',
    read: page => {
      const all = page.services.flatMap(service => service.instances);
      const ready = all.filter(instance => instance.state === 'ready' && !instance.outOfReach).length;
      return [count(page.services.length), `${count(ready)} of ${many(all.length, 'instance')} ready`, all.length ? ready / all.length : 1];
    },
  },
  {
    name: 'Calls from here', href: '#/services',
    read: () => {
      const calls = latest('calls');
      const failed = latest('callFailures');
      return [perSecond(calls), calls ? `${percent(failed / calls)} fail` : 'none at present', null, 'calls'];
    },
  },
  { name: 'Probe round trip', href: '#/charts', read: () => [milliseconds(latest('roundTripMs')), 'median of 5 s', null, 'roundTripMs'] },
  { name: 'Longest loop turn', href: '#/charts', read: () => [milliseconds(latest('loopTurnMs')), 'in 5 s', null, 'loopTurnMs'] },
];

function latest(name) {
  const list = model.series?.series?.[name] ?? [];
  for (let at = list.length - 1; at >= Math.max(0, list.length - 3); at--) if (isNumber(list[at])) return list[at];
  return null;
}

function updateFigures(parent, page, isNewSeries) {
  keyed(parent, figureList, figure => figure.name, makeFigure, (row, figure) => {
    const [value, note, share, series] = figure.read(page);
    text(row.value, value);
    text(row.note, note);
    show(row.bar, isNumber(share));
    show(row.spark, !!series);
    if (isNumber(share)) tell(row.bar, '--share', share.toFixed(3));
    if (series && isNewSeries) set(row.line, 'd', lineOf(model.series?.series?.[series] ?? [], 120, 24));
  });
}

function makeFigure(figure) {
  const value = h('span.value');
  const note = h('span.note');
  const bar = h('span.length', { 'aria-hidden': 'true' });
  const line = s('path');
  const spark = s('svg.spark', { viewBox: '0 0 120 24', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, line);
  const node = h('div.figure', null, h('dt', null, h('a', { href: figure.href }, figure.name)), h('dd', null, value, note, bar, spark));
  return { node, value, note, bar, spark, line };
}

function legend() {
  return h('ul.legend', { 'aria-label': 'Shapes' }, ...Object.values(memberStates).map(state => {
    const item = h('li');
    mark(item, state);
    return item;
  }));
}

function updateZones(parent, page) {
  const byZone = new Map();
  for (const member of page.members) {
    const zone = zoneName(member.zone);
    if (!byZone.has(zone)) byZone.set(zone, []);
    byZone.get(zone).push(member);
  }
  const zones = [...byZone].sort((a, b) => inOrder(a[0], b[0]));
  const isGrouped = page.members.length > mostTiles;
  // As many beside each other as leave no row nearly empty: four are two and two, unless the window takes all of them.
  tell(parent, '--few', String(zones.length === 4 ? 2 : Math.min(3, zones.length)));
  tell(parent, '--many', String(zones.length > 6 ? 4 : zones.length > 4 ? 3 : zones.length));
  set(parent, 'class', page.members.length > mostTiles / 2 ? 'zones dense' : 'zones');
  keyed(parent, zones, zone => zone[0], makeZone, (row, [, list]) => updateZone(row, list, isGrouped));
}

function makeZone([name]) {
  const tally = h('span.tally');
  const bar = h('span.states', { 'aria-hidden': 'true' }, ...['good', 'warn', 'odd', 'bad', 'gone'].map(tone => h('span.' + tone)));
  const tiles = h('ul.tiles', { 'aria-label': name });
  const more = h('a.more');
  const heading = h('h3', null, h('span.zone-name', null, name), tally);
  return { node: h('section.zone', null, heading, bar, tiles, more), tally, bar, tiles, more };
}

function updateZone(row, list, isGrouped) {
  const counts = countStates(list);
  const parts = [counts.alive, counts.suspect, counts.unreached, counts.dead, counts.left];
  parts.forEach((size, index) => tell(row.bar.children[index], '--size', String(size)));
  const words = Object.entries(counts).filter(([, size]) => size > 0)
    .map(([state, size]) => `${count(size)} ${memberStates[state]?.word ?? state}`);
  text(row.tally, words.join(' · '));
  const shown = isGrouped ? list.filter(member => stateOfMember(member).rank < 4 || member.self).slice(0, 40) : list;
  keyed(row.tiles, shown, member => member.id, makeTile, updateTile);
  show(row.more, shown.length < list.length);
  text(row.more, `${count(list.length - shown.length)} more`);
  set(row.more, 'href', addressOf('members', null, { zone: list[0].zone || '-' }));
}

function makeTile(member) {
  const use = s('use');
  const name = h('span.tile-name');
  const word = h('span.quiet');
  const anchor = h('a.tile', { 'data-id': member.id }, s('svg.shape', { 'aria-hidden': 'true' }, use), name, word);
  return { node: h('li', null, anchor), anchor, use, name, word };
}

function updateTile(row, member) {
  const state = stateOfMember(member);
  const isChanged = row.tone !== undefined && row.tone !== state.tone;
  row.tone = state.tone;
  const more = [member.self && 'self', member.indirect && state === memberStates.alive && 'indirect', isChanged && 'fresh'];
  set(row.anchor, 'class', ['tile', state.tone, ...more.filter(Boolean)].join(' '));
  set(row.use, 'href', '#' + state.shape);
  text(row.name, member.name);
  text(row.word, `, ${state.word}${member.self ? ', this node' : ''}${member.indirect ? ', by another path only' : ''}`);
  set(row.anchor, 'href', addressOfMember(member));
}

// What a tile has no room for is written when somebody points at it: two hundred of them would have to be kept up to date.
function nameTile(event) {
  const tile = event.target.closest?.('.tile');
  const member = tile && model.page.members.find(one => one.id === tile.dataset.id);
  if (!member) return;
  const way = member.self ? 'this node' : `round trip ${milliseconds(member.roundTripMs)}`;
  set(tile, 'title', `${member.name}\n${stateOfMember(member).word} since ${timeOf(Date.parse(member.since))}\n${member.address}\n${way}`);
}

// The arrows go from tile to tile, as the tab key does.
function moveAmongTiles(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const tiles = [...event.currentTarget.querySelectorAll('.tile')];
  const next = tiles[tiles.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
