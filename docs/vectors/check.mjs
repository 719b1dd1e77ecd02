// Reads the packets in this folder as somebody would who knows only docs/PROTOCOL.md, and checks that each says what its file says.
import { createDecipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deepStrictEqual, ok } from 'node:assert';
/** Reads MessagePack: integers as BigInts, maps as pairs, binaries as Buffers. */
class Reader {
  constructor(bytes) { this.bytes = bytes; this.at = 0; }
  take(count) {
    ok(count <= this.bytes.length - this.at, 'the packet breaks off');
    return this.bytes.subarray(this.at, this.at += Number(count));
  }
  uint(size) { return BigInt('0x' + this.take(size).toString('hex')); }
  list(count, one = () => this.value()) { return Array.from({ length: Number(count) }, one); }
  map(count) { return this.list(count, () => this.list(2)); }
  text(count) { return new TextDecoder('utf-8', { fatal: true }).decode(this.take(count)); }
  value() {
    const code = this.take(1)[0];
    if (code < 0x80) return BigInt(code);
    if (code < 0x90) return this.map(code & 15);
    if (code < 0xa0) return this.list(code & 15);
    if (code < 0xc0) return this.text(code & 31);
    if ([0xc0, 0xc2, 0xc3].includes(code)) return code === 0xc0 ? null : code === 0xc3;
    if (code >= 0xc4 && code <= 0xc6) return this.take(this.uint(1 << (code - 0xc4)));
    if (code >= 0xcc && code <= 0xcf) return this.uint(1 << (code - 0xcc));
    if (code >= 0xd9 && code <= 0xdb) return this.text(this.uint(1 << (code - 0xd9)));
    if (code === 0xdc || code === 0xdd) return this.list(this.uint(2 << (code - 0xdc)));
    if (code === 0xde || code === 0xdf) return this.map(this.uint(2 << (code - 0xde)));
    throw new Error(`nothing in this protocol begins with ${code.toString(16)}`);
  }
}
function address(bytes) {
  const [host, port] = [bytes.subarray(0, -2), bytes.readUInt16BE(bytes.length - 2)];
  const v6 = () => new URL(`http://[${host.toString('hex').match(/..../g).join(':')}]`).hostname;
  return `${host.length === 4 ? host.join('.') : v6()}:${port}`;
}
/** Names the elements of an array: a star stands for 64 bits, which are told as text, and an at sign for an address. */
const named = names => values => Object.fromEntries(names.split(' ').map((name, at) => [name.replace(/\W/, ''), told(name, values[at])]));
function told(name, value) {
  if (name.endsWith('*')) return `${value}`;
  if (name.endsWith('@')) return value ? address(value) : null;
  return typeof value === 'bigint' ? Number(value) : value;
}
const states = ['alive', 'suspect', 'dead', 'left'];
const evidences = ['none', 'silence', 'refused', 'replaced', 'relayed silence'];
const serviceStates = ['starting', 'ready', 'degraded', 'draining', 'unhealthy'];
const outcomes = ['answered', 'busy', 'unknown'];
const changed = (message, name, of) => ({ ...message, [name]: of(message[name]) });
const entries = of => message => changed(message, 'entries', list => list.map(of));
const accused = message => changed(message, 'evidence', of => evidences[of] ?? 'silence');
const accusation = 'id* incarnation* accuser* evidence localHealth roundTripMicroseconds';
const record = ([service, version, state, weight, ends, tags, map, reason = '', place = ['', '', '', ''], dependsOn = [], roles = [], lease]) => ({
  service, version, state: serviceStates[state] ?? 'draining', weight: Number(weight), tags, metadata: Object.fromEntries(map), reason,
  endpoints: ends.map(([name, scheme, host, port, protocol = '']) => ({ name, scheme, host, port: Number(port), protocol })),
  ...named('zone region environment host')(place), dependsOn, authorizedRoles: roles,
  ...lease ? { lease: { agent: lease[0], milliseconds: Number(lease[1]) } } : {} });
const messages = { // by type: the name, the elements, and what is done with them besides
  1: ['ping', 'sequence token sender* targetTag digest'],
  2: ['ack', 'sequence token responderTag digest held* address@'],
  3: ['ping-request', 'sequence token sender* target* address@'],
  4: ['nack', 'sequence token'],
  5: ['alive', 'id* incarnation* address@ name zone protocolVersion'],
  6: ['suspect', accusation, accused],
  7: ['dead', accusation, accused],
  8: ['left', 'id* incarnation*'],
  9: ['delta', 'owner* from* to* floor* entries kept', message => changed(
    entries(e => changed(named('key version* record')(e), 'record', r => r && record(r)))(message), 'kept', list => list?.map(String) ?? null)],
  10: ['summary', 'depth prefix* hashes', message => changed(message, 'hashes', list => list.map(Number))],
  11: ['digest', 'depth prefix* entries', entries(e => changed(named('id* incarnation* state version*')(e), 'state', s => states[s]))],
  12: ['want', 'entries', entries(named('id* version*'))],
  13: ['notice', 'owner* version*'],
  14: ['loads', 'entries', entries(named('id* sequence ageMs inFlight queueDelayMs cpuPercent'))],
  15: ['inspect', 'sequence token sender* targetTag topic since*'],
  16: ['inspected', 'sequence token outcome content', message => changed(
    changed(message, 'outcome', of => outcomes[of] ?? 'busy'), 'content', bytes => bytes.toString('hex'))] };
function meaning([type, ...fields]) {
  const [name, elements, more = message => message] = messages[type] ?? ['unknown'];
  return { type: name, ...(elements && more(named(elements)(fields))) };
}
const wrap = number => BigInt.asUintN(64, number);
function clusterId(name) { // the low half of FNV-1a 64 and the finalizer of SplitMix64
  let hash = Buffer.from(name).reduce((sum, one) => wrap((sum ^ BigInt(one)) * 0x100000001b3n), 0xcbf29ce484222325n);
  hash = wrap((hash ^ (hash >> 30n)) * 0xbf58476d1ce4e5b9n);
  hash = wrap((hash ^ (hash >> 27n)) * 0x94d049bb133111ebn);
  return BigInt.asUintN(32, hash ^ (hash >> 31n));
}
const shifted = (sum, bits = 8) => bits === 0 ? sum : shifted((sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0), bits - 1);
const crc32c = bytes => BigInt(~bytes.reduce((sum, one) => shifted(sum ^ one), -1) >>> 0);
function body(frame, cluster, key) {
  const reader = new Reader(frame), [version, of, keyId, proof] = reader.value(), rest = frame.subarray(reader.at);
  deepStrictEqual([version, of], [2n, clusterId(cluster)]);
  deepStrictEqual(keyId, key ? BigInt(createHash('sha256').update(key).digest().readUInt32BE()) : 0n);
  if (!key) return deepStrictEqual(proof, crc32c(rest)) ?? rest;
  const box = reader.value(), decipher = createDecipheriv('aes-256-gcm', key, proof);
  decipher.setAAD(frame.subarray(0, -box.length)).setAuthTag(box.subarray(-16));
  return Buffer.concat([decipher.update(box.subarray(0, -16)), decipher.final()]);
}
let count = 0;
for (const file of ['clear.json', 'sealed.json']) {
  const { cluster, key, packets } = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
  for (const { name, frame, messages: expected } of packets) {
    const reader = new Reader(body(Buffer.from(frame, 'hex'), cluster, key && Buffer.from(key, 'base64'))), found = [];
    while (reader.at < reader.bytes.length) found.push(meaning(reader.value()));
    deepStrictEqual(found, expected, `${file}, packet ${++count}, ${name}: ${JSON.stringify(found)}`);
  }
}
console.log(`${count} packets say what they should.`);
