// What the node has told, and how it is asked. The stream of events says when to ask anew; a node that does not answer is asked again
// and again, and what it last said stays.

// The page has no address of its own to write down: it lies where the endpoint is mapped, whatever proxy is in front of it.
const place = location.pathname.replace(/\/+$/, '');
const kept = 1000;
const refreshPause = 500;
const servicesPause = 2000;
const pollPause = 5000;
const wholePause = 15000;
const patience = 25000;
const answerPatience = 15000;
const longestPause = 8000;

const model = {
  page: null, sharedNames: new Set(), wholeAt: 0, analytics: null, series: null, doctor: null, graph: null, timeline: null, events: [],
  isLive: false, isRefused: false, heardAt: null, lostAt: null, problem: null,
  // When a question was answered last, and what came of the one after that, where it was no answer.
  answeredAt: null, unanswered: null,
  // The node's clock less the clock of this page, in milliseconds.
  offset: 0,
};

const listeners = { changed: () => {}, happened: () => {} };
const known = new Set();
let lastId = null;

const nodeNow = () => Date.now() + model.offset;
const ago = instant => span((nodeNow() - instant) / 1000) + ' ago';

async function ask(path) {
  // Nothing is taken from the browser's cache: what an old answer says of its time and of what was measured is not so now.
  const answer = await fetch(place + path, {
    headers: { Accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(answerPatience),
  });
  if (!answer.ok) throw await refusalOf(answer);
  const told = await answer.json();
  if (model.unanswered) listeners.changed('link');
  Object.assign(model, { answeredAt: performance.now(), unanswered: null });
  if (told.now) model.offset = Date.parse(told.now) - Date.now();
  return told;
}

async function refusalOf(answer) {
  const said = await answer.json().catch(() => null);
  const refusal = new Error(said?.detail ?? said?.title ?? `it answered ${answer.status}`);
  refusal.status = answer.status;
  return refusal;
}

// Runs a question at most once in a while: what is asked for meanwhile is asked once more afterwards.
function seldom(pause, question) {
  let isBusy = false;
  let isWanted = false;
  const run = async () => {
    if (isBusy) {
      isWanted = true;
      return;
    }
    isBusy = true;
    isWanted = false;
    const began = performance.now();
    await question().catch(noteUnanswered);
    setTimeout(() => {
      isBusy = false;
      if (isWanted) run();
    }, Math.max(0, pause - (performance.now() - began)));
  };
  return run;
}

const isRefusal = failure => failure.status === 401 || failure.status === 403;

function noteFailure(failure) {
  model.problem = failure.message;
  model.isRefused = isRefusal(failure);
  listeners.changed('link');
}

// The stream may go on while questions are refused, or not answered at all: then what is shown is as old as the last answer.
function noteUnanswered(failure) {
  const problem = failure.name === 'TimeoutError' ? 'it answered nothing' : failure.message;
  model.unanswered = { problem, isRefused: isRefusal(failure), at: model.unanswered?.at ?? performance.now() };
  listeners.changed('link');
}

// All that the node tells at once: at the start, after a gap, and now and then, for the figures that move by themselves. In between only
// the part that has changed is asked for, since most of the whole is what happened long ago.
const refresh = seldom(refreshPause, async () => {
  const page = await ask('');
  // The parts may have come while the whole was on its way, and be newer.
  if (model.page?.node.id === page.node.id && page.node.revision < model.page.node.revision) return refresh();
  model.page = page;
  model.wholeAt = performance.now();
  takeMembers(page);
  takeServices(page);
  hearEvents(page.events.reverse());
  listeners.changed('page');
});

const refreshMembers = seldom(refreshPause, async () => {
  const told = await ask('/members');
  if (!model.page || told.revision < model.page.node.revision) return;
  model.page.node.revision = told.revision;
  takeMembers(told);
  listeners.changed('page');
});

const refreshServices = seldom(servicesPause, async () => {
  const told = await ask('/services');
  if (!model.page || told.revision < model.page.node.revision) return;
  takeServices(told);
  listeners.changed('page');
});

function takeMembers({ members }) {
  model.page.members = members.sort((a, b) => inOrder(a.name, b.name) || inOrder(a.address, b.address));
  const names = members.map(member => member.name);
  model.sharedNames = new Set(names.filter((name, index) => name === names[index - 1]));
}

function takeServices({ services }) {
  model.page.services = services.sort((a, b) => inOrder(a.name, b.name));
  for (const service of services) service.instances.sort((a, b) => inOrder(a.id, b.id) || inOrder(a.node, b.node));
}

// What makes instances come, go, or be out of reach; the rest leaves the services as they are.
const changesServices =
  new Set(['servicesChanged', 'memberJoined', 'memberDied', 'memberLeft', 'memberForgotten', 'memberOutOfReach', 'memberWithinReach']);

const examine = seldom(10000, async () => {
  model.doctor = await ask('/doctor');
  listeners.changed('doctor');
});

// One resource of those that the open view shows, and only the newest answer to its question.
function asked(name, pause = 1000) {
  let path = null;
  const run = seldom(pause, async () => {
    const wanted = path;
    const told = await ask(wanted).catch(failure => ({ problem: failure.message }));
    if (wanted !== path) return;
    model[name] = { ...told, path: wanted };
    listeners.changed(name);
  });
  return wanted => {
    if (model[name] && model[name].path !== wanted) model[name] = null;
    path = wanted;
    return run();
  };
}

const askGraph = asked('graph');
const askTimeline = asked('timeline', 5000);
const askWhy = asked('why');
const askAnalytics = asked('analytics');

// Events come twice, by the page and by the stream; the oldest come first.
const keyOfEvent = event => `${event.at} ${event.sequence}`;

function hearEvents(events) {
  let isNew = false;
  for (const event of events) {
    const key = keyOfEvent(event);
    if (known.has(key)) continue;
    known.add(key);
    event.key = key;
    event.time = Date.parse(event.at);
    model.events.push(event);
    isNew = true;
  }
  if (!isNew) return;
  model.events.sort((a, b) => a.time - b.time || a.sequence - b.sequence);
  for (const gone of model.events.splice(0, Math.max(0, model.events.length - kept))) known.delete(gone.key);
}

function hear(kind, told) {
  if (kind === 'happened') {
    hearEvents([told]);
    listeners.happened(told);
    listeners.changed('events');
    if (changesServices.has(told.what)) refreshServices();
    examine();
  } else if (kind === 'revision') {
    refreshMembers();
  } else if (kind === 'reset') {
    refresh();
  }
}

// Server-sent events are read by hand: a browser's own reader hides the heartbeats, by which the age of the picture is known, and the
// reason why a stream was refused.
async function read(stream, alive) {
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await stream.read();
    if (done) return;
    alive();
    rest += decoder.decode(value, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) readBlock(block);
  }
}

function readBlock(block) {
  let kind = 'message';
  const lines = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === 'id') lastId = value;
    else if (name === 'event') kind = value;
    else if (name === 'data') lines.push(value);
  }
  if (lines.length > 0) hear(kind, JSON.parse(lines.join('\n')));
}

const wait = pause => new Promise(done => setTimeout(done, pause));

const whenVisible = () => new Promise(done => {
  if (!document.hidden) return done();
  const look = () => {
    if (document.hidden) return;
    document.removeEventListener('visibilitychange', look);
    done();
  };
  document.addEventListener('visibilitychange', look);
});

async function follow() {
  let pause = 500;
  for (;;) {
    await whenVisible();
    const ending = new AbortController();
    try {
      await listen(ending, () => { pause = 500; });
    } catch (failure) {
      if (!document.hidden) noteFailure(failure.name === 'AbortError' ? new Error('it was silent') : failure);
    }
    ending.abort();
    model.isLive = false;
    model.lostAt ??= performance.now();
    listeners.changed('link');
    if (document.hidden) continue;
    // The picture is asked for by itself too, where a node has no room for one more that listens.
    await wait(pause * (0.75 + Math.random() / 2));
    refresh();
    pause = Math.min(pause * 2, longestPause);
  }
}

// A page in the background leaves its place to others.
async function listen(ending, begin) {
  const leave = () => document.hidden && ending.abort();
  document.addEventListener('visibilitychange', leave);
  let watch;
  const alive = () => {
    model.heardAt = performance.now();
    clearTimeout(watch);
    watch = setTimeout(() => ending.abort(), patience);
  };
  try {
    alive();
    const headers = { Accept: 'text/event-stream', ...lastId && { 'Last-Event-ID': lastId } };
    const answer = await fetch(place + '/events', { headers, signal: ending.signal, cache: 'no-store' });
    if (!answer.ok) throw await refusalOf(answer);
    begin();
    Object.assign(model, { isLive: true, isRefused: false, lostAt: null, problem: null });
    listeners.changed('link');
    refresh();
    await read(answer.body.getReader(), alive);
  } finally {
    clearTimeout(watch);
    document.removeEventListener('visibilitychange', leave);
  }
}

async function poll() {
  for (;;) {
    await whenVisible();
    try {
      model.series = await ask('/series');
      listeners.changed('series');
    } catch (failure) {
      noteUnanswered(failure);
    }
    listeners.changed('poll');
    if (performance.now() - model.wholeAt > wholePause) refresh();
    await wait(pollPause);
  }
}
