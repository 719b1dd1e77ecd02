// The words, shapes and tones for what a node says, and numbers and times as people read them.

const memberStates = {
  alive: { shape: 'alive', tone: 'good', word: 'alive', rank: 4 },
  suspect: { shape: 'suspect', tone: 'warn', word: 'suspect', rank: 1 },
  dead: { shape: 'dead', tone: 'bad', word: 'dead', rank: 0 },
  left: { shape: 'left', tone: 'gone', word: 'left', rank: 5 },
  unreached: { shape: 'unreached', tone: 'odd', word: 'out of reach', rank: 2 },
};

const instanceStates = {
  starting: { shape: 'starting', tone: 'note', word: 'starting' },
  ready: { shape: 'alive', tone: 'good', word: 'ready' },
  degraded: { shape: 'suspect', tone: 'warn', word: 'degraded' },
  draining: { shape: 'draining', tone: 'gone', word: 'draining' },
  unhealthy: { shape: 'dead', tone: 'bad', word: 'unhealthy' },
  ejected: { shape: 'ejected', tone: 'warn', word: 'passed over' },
  unreached: { shape: 'unreached', tone: 'odd', word: 'out of reach' },
};

const otherState = word => ({ shape: 'note', tone: 'note', word, rank: 3 });

const severities = {
  error: { shape: 'dead', tone: 'bad', word: 'error' },
  warning: { shape: 'suspect', tone: 'warn', word: 'warning' },
  note: { shape: 'note', tone: 'note', word: 'note' },
};

// `group` is what the timeline's choices are about.
const happenings = {
  memberJoined: { shape: 'joined', tone: 'good', word: 'joined', group: 'joins' },
  memberUpdated: { shape: 'changed', tone: 'note', word: 'changed', group: 'others' },
  memberSuspected: { shape: 'suspect', tone: 'warn', word: 'suspected', group: 'suspicions' },
  suspicionConfirmed: { shape: 'suspect', tone: 'warn', word: 'confirmed', group: 'suspicions' },
  memberRefuted: { shape: 'refuted', tone: 'good', word: 'refuted', group: 'refutations' },
  memberDied: { shape: 'dead', tone: 'bad', word: 'died', group: 'deaths' },
  memberLeft: { shape: 'left', tone: 'gone', word: 'left', group: 'deaths' },
  memberForgotten: { shape: 'left', tone: 'gone', word: 'forgotten', group: 'others' },
  servicesChanged: { shape: 'changed', tone: 'note', word: 'services', group: 'services' },
  synchronized: { shape: 'refuted', tone: 'good', word: 'synchronized', group: 'others' },
  nameConflict: { shape: 'suspect', tone: 'warn', word: 'name taken', group: 'others' },
  addressConflict: { shape: 'suspect', tone: 'warn', word: 'address taken', group: 'others' },
  impersonated: { shape: 'dead', tone: 'bad', word: 'impersonated', group: 'others' },
  datagramsBlocked: { shape: 'unreached', tone: 'odd', word: 'no datagrams', group: 'others' },
  datagramsPass: { shape: 'refuted', tone: 'good', word: 'datagrams pass', group: 'others' },
  memberOutOfReach: { shape: 'unreached', tone: 'odd', word: 'out of reach', group: 'suspicions' },
  memberWithinReach: { shape: 'refuted', tone: 'good', word: 'within reach', group: 'refutations' },
};

const happeningOf = event => happenings[event.what] ?? { ...otherState(event.what), group: 'others' };

const evidences = {
  silence: 'heard nothing on any path',
  relayedSilence: 'heard nothing, and neither did the relays that it asked',
  refused: 'was told by the host that nothing listens there',
  replaced: 'found another process at the address',
};

const evidenceWords = evidence => evidences[evidence] ?? evidence;

const plainSentences = {
  memberJoined: 'joined', memberUpdated: 'changed its name, address or zone', memberSuspected: 'is suspect',
  suspicionConfirmed: 'is suspected by another member too', memberRefuted: 'refuted what was said of it', memberDied: 'is held dead',
  memberLeft: 'said goodbye', memberForgotten: 'was dropped from the table', servicesChanged: 'has other services now',
  synchronized: 'has the state of the cluster', nameConflict: 'answers to the name of this node',
  addressConflict: 'claims the address of this node', impersonated: 'is impersonated by another process',
  datagramsBlocked: 'is reached by no datagram, only by relays or streams', datagramsPass: 'is reached by datagrams again',
  memberOutOfReach: 'refutes, but answers nothing that this node asks', memberWithinReach: 'answers again',
};

// The node's own sentence, or a plain one where it has none for the event.
function sentenceOf(event) {
  if (event.sentence) return event.sentence;
  const because = (event.because ?? []).map(word => `${word.accuser} ${evidenceWords(word.evidence)}`).join('; ');
  return `${event.member} ${plainSentences[event.what] ?? event.what}${because ? ': ' + because : ''}.`;
}

const stateOfMember = member =>
  member.outOfReach && member.state === 'alive' ? memberStates.unreached : memberStates[member.state] ?? otherState(member.state);

function stateOfInstance(instance) {
  if (instance.outOfReach) return instanceStates.unreached;
  if (instance.state === 'ready' && instance.calls?.ejected) return instanceStates.ejected;
  return instanceStates[instance.state] ?? otherState(instance.state);
}

const isNumber = value => typeof value === 'number' && Number.isFinite(value);
const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const count = value => isNumber(value) ? grouped.format(value) : '–';
const many = (value, one, more = one + 's') => `${count(value)} ${value === 1 ? one : more}`;

function short(value) {
  if (!isNumber(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e6) return (value / 1e6).toFixed(size >= 1e7 ? 0 : 1) + ' M';
  if (size >= 1e4) return (value / 1e3).toFixed(size >= 1e5 ? 0 : 1) + ' k';
  return size >= 100 || Number.isInteger(value) ? count(value) : value.toFixed(size >= 10 ? 1 : size >= 1 || size === 0 ? 1 : 2);
}

const perSecond = value => isNumber(value) ? short(value) + '/s' : '–';

function percent(value) {
  if (!isNumber(value)) return '–';
  return value === 0 ? '0 %' : value < 0.001 ? '<0.1 %' : (value * 100).toFixed(value < 0.1 ? 1 : 0) + ' %';
}

function milliseconds(value) {
  if (!isNumber(value)) return '–';
  if (value >= 10000) return (value / 1000).toFixed(1) + ' s';
  return (value >= 100 ? count(value) : value.toFixed(value >= 10 ? 1 : 2)) + ' ms';
}

function bytes(value) {
  if (!isNumber(value)) return '–';
  return value >= 1e6 ? (value / 1e6).toFixed(1) + ' MB' : value >= 1e3 ? (value / 1e3).toFixed(1) + ' kB' : count(value) + ' B';
}

function span(seconds) {
  if (!isNumber(seconds)) return '–';
  if (seconds < 60) return Math.max(0, Math.floor(seconds)) + ' s';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min';
  if (seconds < 172800) return Math.floor(seconds / 3600) + ' h';
  return Math.floor(seconds / 86400) + ' days';
}

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const fullTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
// With its date where that is not today's.
const timeOf = instant => !Number.isFinite(instant) ? '–'
  : new Date(instant).toDateString() === new Date(nodeNow()).toDateString() ? clockTime.format(instant) : fullTime.format(instant);
const dateOf = instant => Number.isFinite(instant) ? fullTime.format(instant) : '–';
const zoneName = zone => zone || 'no zone';
const shortened = (name, most) => name.length > most ? name.slice(0, most - 1) + '…' : name;

// Names in the order of people: payments-2 before payments-10.
const inOrder = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare;
