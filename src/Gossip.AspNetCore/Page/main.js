// The address decides which view is open and what of it is chosen; what has changed is drawn together, a few times a second at most.

const main = document.getElementById('main');
const linkPart = document.getElementById('link');
const lost = document.getElementById('lost');
const said = document.getElementById('said');
const drawPause = 100;
const schemes = ['system', 'light', 'dark'];

const views = [
  ['', 'Overview', overview],
  ['members', 'Members', members],
  ['services', 'Services', services],
  ['graph', 'Calls', callGraph],
  ['timeline', 'Timeline', timeline],
  ['charts', 'Charts', charts],
  ['doctor', 'Doctor', doctor],
];

const navigation = views.map(([name, title]) => ({ name, node: h('a', { href: '#/' + name }, title) }));
document.getElementById('views').append(...navigation.map(link => h('li', null, link.node)));

let open = null;
let isDue = false;
const dirty = new Set();

function routeOf(hash) {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').map(part => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { name: parts[0], item: parts.slice(1).join('/') || null, query: new URLSearchParams(query ?? '') };
}

// The address of a view, with what is chosen in it.
function addressOf(name, item, query) {
  const path = `#/${name}${item ? '/' + encodeURIComponent(item) : ''}`;
  const chosen = query ? new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString() : '';
  return chosen ? `${path}?${chosen}` : path;
}

function navigate() {
  const route = routeOf(location.hash);
  const [name, title, view] = views.find(one => one[0] === route.name) ?? views[0];
  const isSame = open && open.name === name && open.item === route.item;
  if (!isSame) {
    open = { ...view(route), name, title, item: route.item, isNew: true };
    main.replaceChildren(open.node);
    for (const link of navigation) set(link.node, 'aria-current', link.name === name ? 'page' : null);
    scrollTo(0, 0);
  }
  open.route = route;
  open.enter?.(route);
  dirty.add('route');
  draw();
  // Whoever moves by the keyboard goes on where the view begins; at the start the focus stays where the browser has it.
  if (!isSame && navigate.hasBegun) main.focus({ preventScroll: true });
  navigate.hasBegun = true;
}

// What comes within a moment is drawn together: an event, what it changed, and the figures.
function changed(what) {
  dirty.add(what);
  if (what === 'poll') open?.poll?.(open.route);
  if (isDue) return;
  isDue = true;
  setTimeout(() => requestAnimationFrame(() => {
    isDue = false;
    draw();
  }), drawPause);
}

function draw() {
  drawHead();
  if (model.page) {
    const what = new Set(dirty);
    dirty.clear();
    open.update(open.route, what);
    set(document.documentElement, 'data-revision', String(model.page.node.revision));
  }
  const name = open.titleOf?.(open.route) ?? open.title;
  document.title = model.page ? `${name} · ${model.page.node.name} · Gossip` : 'Gossip';
}

function drawHead() {
  const node = model.page?.node;
  text(document.getElementById('node'), node?.name ?? '');
  text(document.getElementById('cluster'), node ? `in ${node.cluster}` : '');
  drawAge();
}

// The age of the picture is that of the last byte of the stream: while that lives, and questions are answered, what is shown is how it is.
// Else it is that of the last answer.
function drawAge() {
  const isLive = model.isLive && !model.unanswered;
  const heardAt = isLive ? model.heardAt : model.answeredAt;
  const age = heardAt === null ? null : (performance.now() - heardAt) / 1000;
  const state = isLive ? ['good', 'alive', 'live'] : model.isRefused || model.unanswered?.isRefused ? ['bad', 'dead', 'refused']
    : model.lostAt === null && !model.unanswered ? ['note', 'starting', 'connecting'] : ['warn', 'suspect', 'reconnecting'];
  set(linkPart, 'class', 'link mark ' + state[0]);
  set(linkPart.querySelector('use'), 'href', '#' + state[1]);
  text(document.getElementById('link-word'), state[2]);
  text(document.getElementById('age'), age === null ? '' : age < 2 ? 'now' : `${span(age)} old`);
  set(linkPart, 'title', age === null ? 'Nothing has come yet.' : `The node was last heard ${span(age)} ago.`);
  const lostAt = model.unanswered?.at ?? (model.isLive ? null : model.lostAt);
  const isLost = lostAt !== null && performance.now() - lostAt > 2500;
  show(lost, isLost);
  if (isLost) text(lost, lostWords(age));
}

function lostWords(age) {
  const who = model.page?.node.name ?? 'The node';
  const when = age === null ? '' : ` What you see is ${span(age)} old and stays.`;
  const problem = model.unanswered?.problem ?? model.problem;
  return model.isRefused || model.unanswered?.isRefused
    ? `${who} refuses: ${problem}${when}`
    : `${who} cannot be heard${problem ? ': ' + problem : ''}.${when} It is asked again and again.`;
}

// Readers of the screen hear what is bad and what is good again, not every join.
function happened(event) {
  if (['suspicions', 'refutations', 'deaths'].includes(happeningOf(event).group)) text(said, sentenceOf(event));
}

function chooseScheme(scheme) {
  const button = document.getElementById('scheme');
  set(document.documentElement, 'data-scheme', scheme === 'system' ? null : scheme);
  text(button, { system: '◐', light: '○', dark: '●' }[scheme]);
  set(button, 'aria-label', `Colours: ${scheme}. Change them.`);
  set(button, 'title', `Colours: ${scheme}`);
  button.scheme = scheme;
}

function remembered() {
  try {
    return schemes.find(scheme => scheme === localStorage.getItem('gossip-scheme')) ?? 'system';
  } catch {
    return 'system';
  }
}

document.getElementById('scheme').addEventListener('click', event => {
  const next = schemes[(schemes.indexOf(event.currentTarget.scheme) + 1) % schemes.length];
  chooseScheme(next);
  try {
    localStorage.setItem('gossip-scheme', next);
  } catch {
    // A browser that keeps nothing for this page shows it as its system does, next time.
  }
});

document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});

listeners.changed = changed;
listeners.happened = happened;
addEventListener('hashchange', navigate);
chooseScheme(remembered());
beginSearch();
navigate();
refresh();
examine();
follow();
poll();
setInterval(() => document.hidden || drawAge(), 1000);
setInterval(() => document.hidden || changed('time'), 10000);
