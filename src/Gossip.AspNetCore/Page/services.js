// Services with what their callers see: health, load, latency, failures. Of one service: which instances a call may go to, and why not.

function services(route) {
  return route.item ? oneService(route.item) : allServices();
}

const scopes = () => choices('Whose calls', [['', 'Calls of this node'], ['cluster', 'Calls of all nodes']]);
const scopeOf = route => route.query.get('scope') === 'cluster' ? 'cluster' : '';
const askAnalyticsOf = route => askAnalytics('/analytics' + (scopeOf(route) ? '?scope=cluster' : ''));

const numberOf = told => told?.length ?? told;

function scopeWords(told) {
  if (!told || told.problem) return told?.problem ?? 'The calls are being asked for.';
  if (told.scope !== 'cluster') return `Calls of this node within the last ${told.windowSeconds} s.`;
  return `Calls of ${count(numberOf(told.answered))} of ${many(numberOf(told.asked), 'node')} within the last ${told.windowSeconds} s.`;
}

const serviceColumns = [
  { label: 'Service', show: (cell, one) => linkIn(cell, addressOf('services', one.name, { scope: one.scope }), one.name) },
  { label: 'Instances', show: (cell, one) => showShapes(cell, one.instances) },
  textColumn('Ready', one => `${one.instances.filter(isReady).length} of ${one.instances.length}`, 'number'),
  {
    label: 'Calls', kind: 'number',
    show: (cell, one) => barIn(cell, perSecond(one.told?.callsPerSecond), (one.told?.callsPerSecond ?? 0) / one.most),
  },
  {
    label: 'Failures', kind: 'number',
    show: (cell, one) => barIn(cell, percent(one.told?.failureRate), Math.min(1, (one.told?.failureRate ?? 0) * 5), 'bad'),
  },
  numberColumn('p50', one => milliseconds(one.told?.p50Ms)),
  numberColumn('p90', one => milliseconds(one.told?.p90Ms)),
  {
    label: 'p99', kind: 'number',
    show: (cell, one) => {
      text(cell, milliseconds(one.told?.p99Ms));
      set(cell, 'class', hasOutlier(one.told) ? 'number warn' : 'number');
    },
  },
  numberColumn('In flight', one => count(one.told?.inFlight)),
  textColumn('Versions', one => versionsOf(one.instances) || '–'),
];

const versionsOf = instances =>
  shortened([...new Set(instances.map(instance => instance.version).filter(Boolean))].sort(inOrder).join(', '), 40);
const hasOutlier = told => !!told?.instances.some(instance => instance.outlier);

const isReady = instance => instance.state === 'ready' && !instance.outOfReach;

// One shape for each instance, up to as many as a line takes; the word for it is that of the cell beside it.
function showShapes(cell, instances) {
  if (!cell.shapes) cell.append(cell.shapes = h('span.shapes'), cell.rest = h('span.soft'));
  keyed(cell.shapes, instances.slice(0, 24), one => one.nodeId + ' ' + one.id, () => plainRow(h('span')), (row, one) => {
    const state = stateOfInstance(one);
    mark(row.node, state, `${one.id} ${state.word}, `, true);
    set(row.node, 'title', `${one.id}: ${state.word}`);
  });
  text(cell.rest, instances.length > 24 ? ` +${count(instances.length - 24)}` : '');
}

function allServices() {
  const scope = scopes();
  const note = h('p.soft');
  const outliers = h('ul.troubles');
  const outlierPart = panel('Outliers', outliers);
  const table = tableOf('Services', serviceColumns, one => one.name);
  const none = h('p.empty', null, 'No service is registered yet. Set Gossip:Service:Name and let the server listen, ',
    'or call IServiceRegistrar.RegisterAsync().');
  return {
    node: h('div.view', null, h('h1', null, 'Services'), scope.node, note, outlierPart, table.node, none),
    enter: askAnalyticsOf,
    poll: askAnalyticsOf,
    update(route) {
      const chosen = scopeOf(route);
      const told = new Map((model.analytics?.services ?? []).map(one => [one.name.toLowerCase(), one]));
      const most = Math.max(1e-9, ...[...told.values()].map(one => one.callsPerSecond));
      scope.update(chosen, value => addressOf('services', null, { scope: value }));
      text(note, scopeWords(model.analytics));
      const list = model.analytics?.outliers ?? [];
      keyed(outliers, list, one => one, makeTrouble, (row, one) => updateTrouble(row, {
        state: { ...severities.warning, word: 'outlier' }, words: one,
        href: addressOf('services', serviceOfOutlier(one), { scope: chosen }),
      }));
      show(outlierPart, list.length > 0);
      table.update(model.page.services.map(one => ({ ...one, told: told.get(one.name.toLowerCase()), most, scope: chosen })));
      show(table.node, model.page.services.length > 0);
      show(none, model.page.services.length === 0);
    },
  };
}

const serviceOfOutlier = sentence =>
  model.analytics.services.find(one => one.instances.some(instance => instance.outlier === sentence))?.name;

const ruleWords = {
  chosen: 'takes calls', notReady: 'not ready', draining: 'draining', stopping: 'stopping', outOfReach: 'out of reach', suspect: 'suspect',
  version: 'other version', tag: 'without the tag', predicate: 'predicate', zone: 'other zone', region: 'other region',
  environment: 'other environment', endpoint: 'without the endpoint', refusedEndpoint: 'endpoint refused', ejected: 'passed over',
  subset: 'not in the subset', busy: 'busier than others', weight: 'weight 0', notHeld: 'record not held', static: 'static',
};

function showChosen(cell, one) {
  if (!one.why) return mark(cell, otherState('–'));
  mark(cell, one.why.in ? { shape: 'refuted', tone: 'good' } : { shape: 'ejected', tone: 'gone' }, ruleWords[one.why.rule] ?? one.why.rule);
  set(cell, 'title', one.why.sentence);
}

const figure = (one, name) => one.told?.[name] ?? one.calls?.[name];

const instanceColumns = [
  textColumn('Instance', one => one.id, 'code'),
  { label: 'State', show: (cell, one) => mark(cell, stateOfInstance(one)) },
  { label: 'Next call', show: showChosen },
  {
    label: 'p99', kind: 'number',
    show: (cell, one) => barIn(
      cell, milliseconds(figure(one, 'p99Ms')), (figure(one, 'p99Ms') ?? 0) / one.slowest, one.told?.outlier ? 'warn' : ''),
  },
  numberColumn('p50', one => milliseconds(figure(one, 'p50Ms'))),
  numberColumn('Calls', one => count(figure(one, 'calls'))),
  {
    label: 'Failures', kind: 'number',
    show: (cell, one) => barIn(cell, percent(failureOf(one)), Math.min(1, (failureOf(one) ?? 0) * 5), 'bad'),
  },
  numberColumn('In flight', one => count(figure(one, 'inFlight') ?? one.load?.inFlight)),
  numberColumn('CPU', one => percent(loadOf(one)?.cpuPercent / 100)),
  numberColumn('Queue', one => milliseconds(loadOf(one)?.queueDelayMs)),
  textColumn('Version', one => wordsOr(one.version)),
  numberColumn('Weight', one => count(one.weight)),
  textColumn('Zone', one => zoneName(one.zone)),
  { label: 'Member', show: (cell, one) => linkIn(cell, addressOf('members', one.nodeId), one.node) },
  textColumn('Endpoints', one => one.endpoints.map(endpoint => endpoint.address).join(', '), 'code'),
];

// Instances that no record tells of any more, and whose calls still count or wait.
const goneOf = (service, told) => (told?.instances ?? []).filter(one => one.gone).map(one => ({
  id: one.id, node: one.node, nodeId: one.nodeId, service, state: 'gone', endpoints: [], dependsOn: [], told: one,
}));

function loadOf(one) {
  return one.load ?? one.told?.load;
}

function failureOf(one) {
  const calls = figure(one, 'calls');
  return calls ? figure(one, 'failures') / calls : null;
}

function oneService(wanted) {
  const scope = scopes();
  const note = h('p.soft');
  const sentence = h('p.lead');
  const outliers = h('ul.troubles');
  const table = tableOf('Instances', instanceColumns, one => one.nodeId + ' ' + one.id);
  const reasons = h('ul.reasons');
  const reasonPart = panel('Which instance a call of this node goes to', sentence, reasons);
  const needList = h('ul.needs');
  const needs = panel('It depends on', needList);
  const title = h('h1', null, wanted);
  const unknown = h('p.empty', null, 'No instance of this service is known here. ', h('a', { href: '#/services' }, 'All services'));
  const ask = route => {
    askAnalyticsOf(route);
    return askWhy('/why?service=' + encodeURIComponent(wanted));
  };
  return {
    node: h('div.view', null, h('p.path', null, h('a', { href: '#/services' }, 'Services')), title, scope.node, note, outliers, table.node,
      reasonPart, needs, unknown),
    enter: ask,
    poll: ask,
    titleOf: () => wanted,
    update(route) {
      const service = model.page.services.find(one => one.name.toLowerCase() === wanted.toLowerCase());
      const told = model.analytics?.services?.find(one => one.name.toLowerCase() === wanted.toLowerCase());
      const why = model.why;
      text(title, service?.name ?? wanted);
      scope.update(scopeOf(route), value => addressOf('services', wanted, { scope: value }));
      text(note, scopeWords(model.analytics));
      const rows = (service?.instances ?? []).map(one => ({
        ...one,
        told: told?.instances.find(other => other.id === one.id && other.nodeId === one.nodeId),
        why: why?.instances?.find(other => other.id === one.id && other.node === one.node),
      }));
      rows.push(...goneOf(wanted, told));
      const slowest = Math.max(1e-9, ...rows.map(one => figure(one, 'p99Ms') ?? 0));
      table.update(rows.map(one => ({ ...one, slowest })));
      keyed(outliers, rows.map(one => one.told?.outlier).filter(Boolean), one => one, makeTrouble, (row, one) => updateTrouble(row, {
        state: { ...severities.warning, word: 'outlier' }, words: one, href: addressOf('services', wanted, { scope: scopeOf(route) }),
      }));
      text(sentence, why?.sentence ?? why?.problem ?? '');
      keyed(reasons, why?.instances ?? [], one => `${one.node} ${one.id} ${one.rule}`, () => plainRow(h('li')), (row, one) =>
        mark(row.node, one.in ? { shape: 'refuted', tone: 'good' } : { shape: 'ejected', tone: 'gone' }, one.sentence));
      show(reasonPart, !!why && !!service);
      const names = [...new Set((service?.instances ?? []).flatMap(one => one.dependsOn))].sort(inOrder);
      show(needs, names.length > 0);
      keyed(needList, names, name => name, () => plainRow(h('li')), (row, name) => linkIn(row.node, addressOf('services', name), name));
      for (const part of [table.node, scope.node, note]) show(part, !!service || rows.length > 0);
      show(unknown, !service && rows.length === 0);
    },
  };
}
