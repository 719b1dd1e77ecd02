// What happened, the newest first: as this node saw it, or as the rings of all nodes tell it together.

const lanesShown = 14;
const laneSpan = 15 * 60 * 1000;

function timeline() {
  const scope = choices('Whose memory', [['', 'As this node saw it'], ['cluster', 'As all nodes tell it']]);
  const groups = choices('What', [['', 'All'], ['joins', 'Joins'], ['suspicions', 'Suspicions'], ['refutations', 'Refutations'],
    ['deaths', 'Deaths and goodbyes'], ['services', 'Services'], ['others', 'Others']]);
  const note = h('p.soft');
  const lanes = h('ol.lanes');
  const axis = h('p.axis', { 'aria-hidden': 'true' }, h('span'), h('span'), h('span', null, 'now'));
  const lanePart = panel('Members that changed within 15 minutes', lanes, axis);
  const list = h('ol.events');
  const more = h('button.plain', { type: 'button', click: () => { shown += 200; changed('route'); } });
  const none = h('p.empty', null, 'Nothing of this kind has happened as far back as is remembered. ',
    h('a', { href: '#/timeline' }, 'Show all.'));
  let shown = 200;
  const isCluster = route => route.query.get('scope') === 'cluster';
  const ask = route => isCluster(route) && askTimeline('/timeline');
  return {
    node: h('div.view', null, h('h1', null, 'Timeline'), scope.node, lanePart, groups.node, note, list, more, none),
    enter: ask,
    update(route, what) {
      if (what.has('events') && !what.has('timeline')) ask(route);
      const whole = isCluster(route);
      const events = whole ? clusterEvents(model.timeline) : [...model.events].reverse();
      const group = route.query.get('show') ?? '';
      const chosen = events.filter(event => !group || happeningOf(event).group === group);
      scope.update(whole ? 'cluster' : '', value => addressOf('timeline', null, { scope: value, show: group }));
      groups.update(group, value => addressOf('timeline', null, { scope: whole ? 'cluster' : '', show: value }),
        value => value ? events.filter(event => happeningOf(event).group === value).length : events.length);
      text(note, noteOf(whole));
      updateLanes(lanes, axis, lanePart, events);
      updateEvents(list, chosen.slice(0, shown));
      text(more, `Show ${count(Math.min(200, chosen.length - shown))} more`);
      show(more, chosen.length > shown);
      show(none, chosen.length === 0);
    },
  };
}

function noteOf(isCluster) {
  if (!isCluster) return 'In the order in which this node learned of it.';
  const told = model.timeline;
  if (!told) return 'All nodes are being asked.';
  if (told.problem) return told.problem;
  const missing = told.missing?.length > 0 ? ` No answer from ${told.missing.join(', ')}.` : '';
  const answered = `${count(numberOf(told.answered))} of ${many(numberOf(told.asked), 'node')} answered.`;
  const short = told.remembered?.length > 0 ? ` Not all is kept: ${told.remembered.map(rememberedWords).join(', ')}.` : '';
  return `${answered}${missing}${short} The order is that of cause and effect; times are labels.`;
}

const rememberedWords = one => one.since ? `${one.node} from ${dateOf(Date.parse(one.since))} on` : `${one.node} nothing`;

// Told in causal order, the oldest first: turned round, and never sorted by times, which come from many clocks.
function clusterEvents(told) {
  if (!told?.events) return [];
  return told.merged ??= told.events.map((event, index) => ({
    ...event,
    at: event.at ?? event.seenBy?.[0]?.at,
    time: Date.parse(event.at ?? event.seenBy?.[0]?.at),
    because: event.because ?? (Array.isArray(event.evidence) ? event.evidence : null),
    // As who saw it: a place in the list is another event's when there are more.
    key: `${event.what} ${event.member} ${event.incarnation} ${event.seenBy?.map(one => one.node + one.at).join() ?? index}`,
  })).reverse();
}

const stateAfter = {
  memberJoined: 'alive', memberSuspected: 'suspect', memberRefuted: 'alive', memberDied: 'dead', memberLeft: 'left',
  memberOutOfReach: 'unreached', memberWithinReach: 'alive',
};
const stateBefore = {
  memberSuspected: 'alive', memberRefuted: 'suspect', memberDied: 'suspect', memberLeft: 'alive', memberOutOfReach: 'alive',
  memberWithinReach: 'unreached',
};

// A member's last minutes as one line. A thin line is well, a thicker one is not, so it is read without its colour too.
function updateLanes(parent, axis, part, events) {
  const end = nodeNow();
  const begin = end - laneSpan;
  const byMember = new Map();
  for (const event of [...events].reverse()) {
    if (!stateAfter[event.what] || event.time < begin) continue;
    if (!byMember.has(event.member)) byMember.set(event.member, []);
    byMember.get(event.member).push(event);
  }
  const changedOnes = [...byMember].filter(([, list]) => list.some(event => event.what !== 'memberJoined'))
    .sort((a, b) => b[1].at(-1).time - a[1].at(-1).time).slice(0, lanesShown);
  show(part, changedOnes.length > 0);
  keyed(parent, changedOnes, lane => lane[0], makeLane, (row, [name, list]) => updateLane(row, name, list, begin));
  const [first, middle] = axis.children;
  text(first, timeOf(begin));
  text(middle, timeOf((begin + end) / 2));
}

function makeLane() {
  const name = h('span.lane-name');
  const parts = s('g');
  const words = h('span.quiet');
  const strip = s('svg', { viewBox: '0 0 1000 20', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, parts);
  return { node: h('li', null, name, strip, words), name, parts, words };
}

function updateLane(row, name, list, begin) {
  linkIn(row.name, addressOf('members', name), name);
  const x = time => Math.round((time - begin) / laneSpan * 1000);
  const spans = [];
  let [state, from] = [stateBefore[list[0].what], 0];
  for (const event of list) {
    if (state) spans.push({ state, from, to: x(event.time) });
    [state, from] = [stateAfter[event.what], x(event.time)];
  }
  spans.push({ state, from, to: 1000 });
  const high = { alive: 4, suspect: 12, unreached: 12, dead: 20, left: 2 };
  keyed(row.parts, spans.map((one, index) => ({ ...one, index })), one => one.index, () => plainRow(s('rect')), ({ node }, one) => {
    set(node, 'x', String(one.from));
    set(node, 'width', String(Math.max(3, one.to - one.from)));
    set(node, 'y', String(10 - high[one.state] / 2));
    set(node, 'height', String(high[one.state]));
    set(node, 'class', memberStates[one.state].tone);
  });
  text(row.words, list.slice(-4).map(event => `${happeningOf(event).word} at ${timeOf(event.time)}`).join(', '));
}
