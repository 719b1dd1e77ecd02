// The last quarter of an hour of this node, as lines. They are drawn in a box of fixed units that stretches; words are outside of it.

const chartList = [
  ['Packets', [['packetsIn', 'in'], ['packetsOut', 'out']], perSecond],
  ['Bytes', [['bytesIn', 'in'], ['bytesOut', 'out']], value => bytes(value) + '/s'],
  ['Probe round trip', [['roundTripMs', 'median of the step']], milliseconds],
  ['Probes', [['probes', 'sent'], ['probesFailed', 'failed']], perSecond],
  ['Longest turn of the loop', [['loopTurnMs', 'turn']], milliseconds],
  ['Local health', [['localHealth', 'doubt in itself, 0 is well']], count],
  ['Members', [['membersAlive', 'alive'], ['membersSuspect', 'suspect']], count],
  ['Rumours under way', [['rumors', 'rumours']], count],
  ['Dropped packets', [['drops', 'dropped']], perSecond],
  ['Calls', [['calls', 'calls'], ['callFailures', 'failed']], perSecond],
];

const wide = 600;
const high = 120;

function charts() {
  const grid = h('div.charts');
  const note = h('p.soft');
  return {
    node: h('div.view', null, h('h1', null, 'Charts'), note, grid),
    update(route, what) {
      const told = model.series;
      text(note, !told ? 'The figures are being collected.'
        : told.points < 2 ? 'This node has just started. A point comes every 5 s.'
          : `This node, ${span((told.points - 1) * told.stepSeconds)} in steps of ${told.stepSeconds} s. `
            + 'Point at a chart, or use the arrow keys in it.');
      if (!told || !['series', 'route'].some(one => what.has(one))) return;
      keyed(grid, chartList, chart => chart[0], makeChart, updateChart);
    },
  };
}

function makeChart([title, lines, words]) {
  const paths = lines.map((line, index) => s('path', { class: 'line l' + index }));
  const area = s('path.area');
  const cursor = s('path.cursor');
  const top = h('span.top');
  const reading = h('span.reading');
  const drawing = s('svg', { viewBox: `0 0 ${wide} ${high}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('path.grid', { d: `M0 .5H${wide}M0 ${high / 2}H${wide}M0 ${high - 0.5}H${wide}` }), area, ...paths, cursor);
  const box = h('div.plot', { tabindex: '0', role: 'img' }, drawing, top);
  const keys = h('p.keys', null, ...lines.map(([, name], index) => h('span.k' + index, null, name)));
  const begin = h('span');
  const spoken = h('span.quiet', { role: 'status' });
  const row = {
    node: h('figure.chart', null, h('figcaption', null, h('span.title', null, title), reading, spoken), box,
      h('p.axis', { 'aria-hidden': 'true' }, begin, keys, h('span', null, 'now'))),
    paths, area, cursor, top, reading, box, begin, at: null, lines, words,
  };
  box.addEventListener('pointermove', event => {
    const edges = box.getBoundingClientRect();
    point(row, (event.clientX - edges.left) / edges.width * (row.size - 1));
  });
  box.addEventListener('pointerleave', () => point(row, null));
  box.addEventListener('blur', () => point(row, null));
  box.addEventListener('keydown', event => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    point(row, (row.at ?? row.size) + step);
    // What is asked for by a key is spoken; what comes by itself is not.
    text(spoken, row.reading.shown);
  });
  return row;
}

function updateChart(row, [title, lines, words]) {
  const told = model.series;
  row.values = lines.map(([name]) => told.series[name] ?? []);
  row.size = Math.max(2, told.points);
  row.most = niceTop(Math.max(0, ...row.values.flat().filter(isNumber)));
  row.values.forEach((list, index) => set(row.paths[index], 'd', lineOf(list, wide, high, row.most)));
  set(row.area, 'd', areaOf(row.values[0], wide, high, row.most));
  text(row.top, words(row.most));
  text(row.begin, timeOf(Date.parse(told.from)));
  const last = lines.map(([, name], index) => `${name} ${words(lastOf(row.values[index]))}`).join(', ');
  const all = row.values[0].filter(isNumber);
  const range = all.length > 0 ? `; between ${words(Math.min(...all))} and ${words(Math.max(...all))}` : '';
  set(row.box, 'aria-label', `${title}: ${last}${range}`);
  point(row, row.at);
}

function lastOf(list) {
  for (let at = list.length - 1; at >= 0; at--) if (isNumber(list[at])) return list[at];
  return null;
}

function point(row, at) {
  row.at = at === null ? null : Math.max(0, Math.min(row.size - 1, Math.round(at)));
  set(row.cursor, 'd', row.at === null ? 'M0 0' : `M${(row.at / (row.size - 1) * wide).toFixed(1)} 0V${high}`);
  const read = index => row.at === null ? lastOf(row.values[index]) : row.values[index][row.at];
  const when = row.at === null ? '' : timeOf(Date.parse(model.series.from) + row.at * model.series.stepSeconds * 1000) + '  ';
  text(row.reading, when + row.lines.map((line, index) => row.words(read(index))).join(' · '));
}

// The next number that is read at a glance: 1, 2 or 5 with zeros.
function niceTop(value) {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(one => one * unit).find(one => one >= value * 1.02) ?? 20 * unit;
}

// Gaps of what was not measured stay gaps.
function lineOf(list, width, height, most = niceTop(Math.max(0, ...list.filter(isNumber)))) {
  const size = Math.max(2, list.length);
  let path = '';
  let isDown = false;
  list.forEach((value, index) => {
    if (!isNumber(value)) return isDown = false;
    const y = height - 1 - Math.min(1, value / most) * (height - 2);
    path += `${isDown ? 'L' : 'M'}${(index / (size - 1) * width).toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  });
  return path || 'M0 0';
}

function areaOf(list, width, height, most) {
  const isWhole = list.length > 1 && list.every(isNumber);
  return isWhole ? `${lineOf(list, width, height, most)}L${width} ${height}L0 ${height}Z` : 'M0 0';
}
