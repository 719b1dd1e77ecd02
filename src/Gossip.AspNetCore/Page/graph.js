// Who calls whom: services in layers from callers to called, and on each edge its rate, its failures and its latency.

// A picture of more than that is read by nobody; the table below it has all.
const mostDrawn = 60;
const box = { width: 176, height: 52, across: 132, down: 22 };

function callGraph() {
  const scope = choices('Whose calls', [['', 'Calls of this node'], ['cluster', 'Calls of all nodes']]);
  const note = h('p.soft');
  const edges = s('g');
  const nodes = s('g');
  const arrow = s('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: '7', refY: '4', markerWidth: '7', markerHeight: '7', orient: 'auto' },
    s('path', { d: 'M0 .5 7.5 4 0 7.5z', fill: 'context-stroke' }));
  const drawing = s('svg.graph', { role: 'group', 'aria-label': 'Services and the calls between them' },
    s('defs', null, arrow), edges, nodes);
  const picture = h('div.scroll.picture', { tabindex: '0', role: 'region', 'aria-label': 'Call graph' }, drawing);
  const warnings = h('ul.troubles');
  const table = tableOf('Calls between services', edgeColumns, edge => edge.from + '\n' + edge.to);
  const none = h('p.empty', null, 'No service calls another yet, and none says what it depends on. Calls are seen where an HttpClient has ',
    'AddGossipDiscovery(); dependencies are told by Gossip:Service:DependsOn.');
  const ask = route => askGraph('/graph' + (route.query.get('scope') === 'cluster' ? '?scope=cluster' : ''));
  let drawn = null;
  return {
    node: h('div.view', null, h('h1', null, 'Calls between services'), scope.node, note, warnings, picture, table.node, none),
    enter: ask,
    poll: ask,
    update(route) {
      const graph = model.graph;
      scope.update(route.query.get('scope') === 'cluster' ? 'cluster' : '', value => addressOf('graph', null, { scope: value }));
      text(note, graph?.problem ?? (graph ? graphWords(graph) : 'The calls are being asked for.'));
      const all = graph?.services ? edgesOf(graph) : [];
      for (const part of [picture, table.node, warnings]) show(part, all.length > 0);
      show(none, !!graph?.services && all.length === 0);
      if (all.length === 0) return;
      const shape = graph.services.map(one => one.name).join('\n') + '\n\n' + all.map(edge => edge.from + '\n' + edge.to).join('\n');
      if (drawn?.shape !== shape) drawn = { shape, ...placeAll(graph, all) };
      drawGraph(drawing, edges, nodes, drawn, all);
      keyed(warnings, warningsOf(graph), one => one.key, makeTrouble, updateTrouble);
      table.update(all);
    },
  };
}

function graphWords(graph) {
  const silent = graph.answered < graph.asked
    ? ` ${count(graph.answered)} of ${many(graph.asked, 'node')} answered; the others' calls are missing.` : '';
  return `Rates of the last minute.${silent} A broken line: needed, but not called of late.`;
}

const edgeColumns = [
  { label: 'From', show: (cell, edge) => linkIn(cell, addressOf('services', edge.from), edge.from) },
  { label: 'To', show: (cell, edge) => linkIn(cell, addressOf('services', edge.to), edge.to) },
  numberColumn('Calls', edge => perSecond(edge.callsPerSecond)),
  {
    label: 'Failures', kind: 'number',
    show: (cell, edge) => barIn(cell, percent(failureShare(edge)), Math.min(1, (failureShare(edge) ?? 0) * 5), 'bad'),
  },
  numberColumn('p50', edge => milliseconds(edge.p50Ms)),
  numberColumn('p99', edge => milliseconds(edge.p99Ms)),
  numberColumn('Callers', edge => count(edge.callers?.length ?? edge.callers)),
];

const failureShare = edge => edge.callsPerSecond > 0 ? (edge.failuresPerSecond ?? 0) / edge.callsPerSecond : null;

// The calls that were seen, and the needs that services state and that nobody has called for.
function edgesOf(graph) {
  const all = new Map();
  for (const service of graph.services)
    for (const to of service.dependsOn) all.set(service.name + '\n' + to, { from: service.name, to, isOnlyNeeded: true });
  for (const edge of graph.edges ?? []) all.set(edge.from + '\n' + edge.to, edge);
  return [...all.values()].sort((a, b) => inOrder(a.from, b.from) || inOrder(a.to, b.to));
}

function warningsOf(graph) {
  const missing = graph.missing.map(one => ({
    key: 'm' + one.name, state: { ...severities.warning, word: 'missing' }, href: '#/services',
    words: `${one.name} has no instance, and ${one.neededBy.join(', ')} ${one.neededBy.length === 1 ? 'needs' : 'need'} it`,
  }));
  const circles = graph.cycles.map(names => ({
    key: 'c' + names.join(), state: { ...severities.note, word: 'circle' }, href: addressOf('services', names[0]),
    words: [...names, names[0]].join(' → '),
  }));
  return [...missing, ...circles];
}

// Layers by the longest way from a service that nobody calls. An edge that would close a circle is left out of that count.
function layersOf(names, edges) {
  const called = new Map(names.map(name => [name, []]));
  for (const edge of edges) if (edge.from !== edge.to) called.get(edge.from)?.push(edge.to);
  const order = [];
  const seen = new Set();
  const isOpen = new Set();
  const forward = new Set();
  const visit = name => {
    seen.add(name);
    isOpen.add(name);
    for (const next of called.get(name)) {
      if (!called.has(next) || isOpen.has(next)) continue;
      forward.add(name + '\n' + next);
      if (!seen.has(next)) visit(next);
    }
    isOpen.delete(name);
    order.push(name);
  };
  const isCalled = new Set(edges.filter(edge => edge.from !== edge.to).map(edge => edge.to));
  for (const name of [...names.filter(one => !isCalled.has(one)), ...names]) if (!seen.has(name)) visit(name);
  const layer = new Map(names.map(name => [name, 0]));
  for (const name of order.reverse()) {
    for (const next of called.get(name).filter(one => forward.has(name + '\n' + one)))
      layer.set(next, Math.max(layer.get(next), layer.get(name) + 1));
  }
  return layer;
}

function placeAll(graph, edges) {
  const busy = new Map();
  for (const edge of edges) for (const name of [edge.from, edge.to]) busy.set(name, (busy.get(name) ?? 0) + 1 + (edge.callsPerSecond ?? 0));
  const names = [...busy.keys()].sort((a, b) => busy.get(b) - busy.get(a)).slice(0, mostDrawn).sort(inOrder);
  const layer = layersOf(names, edges);
  const layers = [];
  for (const name of names) (layers[layer.get(name)] ??= []).push(name);
  const { ways, steps } = waysOf(edges, layer, layers);
  const rank = new Map();
  layers.forEach(list => list.forEach((name, index) => rank.set(name, index)));
  // Each service moves to the middle of its neighbours, there and back, which takes most crossings away.
  for (let sweep = 0; sweep < 6; sweep++) {
    for (const list of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      const middle = new Map(list.map(name => {
        const near = steps.filter(([from, to]) => from === name || to === name).map(([from, to]) => rank.get(from === name ? to : from));
        return [name, near.length > 0 ? near.reduce((sum, one) => sum + one, 0) / near.length : rank.get(name)];
      }));
      list.sort((a, b) => middle.get(a) - middle.get(b) || inOrder(a, b));
      list.forEach((name, index) => rank.set(name, index - (list.length - 1) / 2));
    }
  }
  const most = Math.max(1, ...layers.map(list => list.length));
  const height = most * (box.height + box.down) + box.down;
  const spots = new Map();
  layers.forEach((list, column) => list.forEach((name, index) => spots.set(name, {
    x: 8 + column * (box.width + box.across),
    y: height / 2 + (index - (list.length - 1) / 2) * (box.height + box.down) - box.height / 2,
  })));
  return {
    places: new Map(names.map(name => [name, spots.get(name)])),
    ways: new Map([...ways].map(([key, stops]) => [key, stops.map(stop => spots.get(stop))])),
    width: Math.max(1, layers.length) * (box.width + box.across) - box.across + 16, height,
  };
}

// An edge that skips layers gets a stop in each of them, so that it goes round the services there and not behind them.
function waysOf(edges, layer, layers) {
  const ways = new Map();
  const steps = [];
  for (const { from, to } of edges) {
    if (!layer.has(from) || !layer.has(to)) continue;
    const key = from + '\n' + to;
    const stops = [];
    for (let at = layer.get(from) + 1; at < layer.get(to); at++) {
      stops.push(`${key}\n${at}`);
      layers[at].push(stops.at(-1));
    }
    ways.set(key, stops);
    const all = [from, ...stops, to];
    all.slice(1).forEach((stop, index) => steps.push([all[index], stop]));
  }
  return { ways, steps };
}

function drawGraph(drawing, edgePart, nodePart, drawn, all) {
  set(drawing, 'viewBox', `0 0 ${drawn.width} ${drawn.height}`);
  tell(drawing, '--wide', drawn.width + 'px');
  const shown = all.filter(edge => drawn.places.has(edge.from) && drawn.places.has(edge.to));
  keyed(edgePart, shown, edge => edge.from + '\n' + edge.to, makeEdge, (row, edge) => updateEdge(row, edge, drawn, all));
  keyed(nodePart, [...drawn.places], place => place[0], makeServiceBox, (row, [name, place]) => updateServiceBox(row, name, place));
}

function makeEdge() {
  const line = s('path', { 'marker-end': 'url(#arrow)' });
  const rate = s('text', { 'text-anchor': 'middle' });
  const failures = s('text.failures', { 'text-anchor': 'middle' });
  return { node: s('g', null, line, rate, failures), line, rate, failures };
}

function updateEdge(row, edge, { places, ways }, all) {
  const [from, to] = [places.get(edge.from), places.get(edge.to)];
  const middle = box.height / 2;
  const stops = ways.get(edge.from + '\n' + edge.to);
  const isBack = to.x <= from.x;
  const [x1, y1] = [from.x + box.width, from.y + middle];
  const [x2, y2] = stops.length > 0 ? [stops[0].x, stops[0].y + middle] : [to.x - 3, to.y + middle];
  const bend = isBack ? 90 : (x2 - x1) / 2;
  let path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  stops.forEach((stop, index) => {
    const next = stops[index + 1] ?? { x: to.x - 3, y: to.y };
    const [x, half] = [stop.x + box.width, (next.x - stop.x - box.width) / 2];
    path += `H${x}C${x + half} ${stop.y + middle} ${next.x - half} ${next.y + middle} ${next.x} ${next.y + middle}`;
  });
  set(row.line, 'd', path);
  const share = failureShare(edge) ?? 0;
  set(row.node, 'class', `edge${edge.isOnlyNeeded ? ' needed' : ''}${share >= 0.01 ? ' failing' : ''}`);
  tell(row.line, '--weight', (1.5 + Math.min(4.5, Math.log10(1 + (edge.callsPerSecond ?? 0)) * 1.8)).toFixed(2));
  // The edges of a service that calls many part on the way, and those of one that many call meet: labels stand where they are apart.
  const parting = all.filter(other => other.from === edge.from).length >= all.filter(other => other.to === edge.to).length;
  const at = isBack ? 0.5 : parting ? 0.62 : 0.36;
  const x = x1 + (x2 - x1) * at;
  const y = y1 + (y2 - y1) * (3 * at * at - 2 * at * at * at);
  for (const label of [row.rate, row.failures]) set(label, 'x', x.toFixed(1));
  set(row.rate, 'y', (y - 5).toFixed(1));
  set(row.failures, 'y', (y + 13).toFixed(1));
  text(row.rate, edge.isOnlyNeeded ? '' : perSecond(edge.callsPerSecond));
  text(row.failures, share >= 0.001 ? percent(share) + ' fail' : '');
}

function makeServiceBox() {
  const frame = s('rect', { width: box.width, height: box.height, rx: '9' });
  const name = s('text.name', { x: '14', y: '22' });
  const ready = s('text.note', { x: '14', y: '40' });
  const whole = s('title');
  const node = s('a', null, whole, frame, name, ready);
  return { node, name, ready, whole };
}

function updateServiceBox(row, name, place) {
  const known = model.graph.services.find(one => one.name === name);
  set(row.node, 'href', addressOf('services', name));
  set(row.node, 'transform', `translate(${place.x} ${place.y})`);
  set(row.node, 'class', !known || known.instances === 0 ? 'missing' : known.ready < known.instances ? 'partly' : null);
  text(row.name, shortened(name, 20));
  text(row.ready, !known || known.instances === 0 ? 'no instance' : `${known.ready} of ${known.instances} ready`);
  text(row.whole, `${name}: ${row.ready.shown}`);
}
