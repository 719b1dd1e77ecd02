// Elements are made once and patched afterwards, so that an update touches only what has changed. Text goes in as text alone: names,
// reasons and versions come from other processes.

const svgSpace = 'http://www.w3.org/2000/svg';

const h = (tag, attributes, ...children) => made(document.createElement(tag.split('.')[0]), tag, attributes, children);
const s = (tag, attributes, ...children) => made(document.createElementNS(svgSpace, tag.split('.')[0]), tag, attributes, children);

function made(node, tag, attributes, children) {
  const classes = tag.split('.').slice(1);
  if (classes.length > 0) node.setAttribute('class', classes.join(' '));
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else set(node, name, value);
  }
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

// What was written is kept in a property of the element: reading it back from the document would cost more than comparing.
function set(node, name, value) {
  const written = node.written ??= {};
  if (written[name] === value) return;
  written[name] = value;
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? '' : value);
}

function text(node, value) {
  if (node.shown === value) return;
  node.shown = value;
  node.textContent = value;
}

const show = (node, shown) => set(node, 'hidden', !shown);

// A custom property, by which an element is told a length or a share: inline styles are what the policy of this page forbids.
function tell(node, name, value) {
  const told = node.told ??= {};
  if (told[name] === value) return;
  told[name] = value;
  node.style.setProperty(name, value);
}

// Rows by their parent; not as its property, since that of a table has rows of its own.
const rowsOf = new WeakMap();

// Brings the children of an element in line with a list. A child stays the same element as long as its key is in the list.
function keyed(parent, items, keyOf, make, update) {
  const before = rowsOf.get(parent) ?? new Map();
  const rows = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!rows.has(key)) rows.set(key, { item, row: before.get(key) });
  }
  for (const [key, row] of before) if (!rows.has(key)) row.node.remove();
  let at = parent.firstElementChild;
  for (const [key, { item, row: known }] of rows) {
    const row = known ?? make(item);
    update(row, item);
    if (row.node === at) at = at.nextElementSibling;
    else parent.insertBefore(row.node, at);
    rows.set(key, row);
  }
  rowsOf.set(parent, rows);
}

const plainRow = node => ({ node });

// A shape and a word, in the tone of the state. The word may be left to readers of the screen where the shape stands for it.
function mark(node, state, word, isQuiet) {
  if (!node.mark) {
    node.mark = { use: s('use'), word: h('span') };
    node.append(s('svg.shape', { 'aria-hidden': 'true' }, node.mark.use), node.mark.word);
  }
  set(node.mark.use, 'href', '#' + state.shape);
  set(node.mark.word, 'class', isQuiet ? 'quiet' : null);
  set(node, 'class', 'mark ' + state.tone);
  text(node.mark.word, word ?? state.word);
}

function linkIn(node, href, words) {
  if (!node.anchor) node.append(node.anchor = h('a'));
  set(node.anchor, 'href', href);
  text(node.anchor, words);
}

// A number with a bar under it, as long as its share of the largest.
function barIn(node, words, share, tone) {
  if (!node.bar) node.append(node.number = h('span'), node.bar = h('span.length', { 'aria-hidden': 'true' }));
  text(node.number, words);
  set(node.bar, 'class', tone ? 'length ' + tone : 'length');
  tell(node.bar, '--share', share.toFixed(3));
}

// A table whose rows are patched. It scrolls sideways by itself where the window is narrow, and its first column stays.
function tableOf(caption, columns, keyOf) {
  const body = h('tbody');
  const head = h('tr', null, ...columns.map(column => h('th', { scope: 'col', class: column.kind }, column.label)));
  const table = h('table', null, h('caption.quiet', null, caption), h('thead', null, head), body);
  const node = h('div.scroll', { tabindex: '0', role: 'region', 'aria-label': caption }, table);
  const make = () => {
    const cells = columns.map((column, index) =>
      index === 0 ? h('th', { scope: 'row', class: column.kind }) : h('td', { class: column.kind }));
    return { node: h('tr', null, ...cells), cells };
  };
  const update = (row, item) => columns.forEach((column, index) => column.show(row.cells[index], item));
  return { node, update: items => keyed(body, items, keyOf, make, update) };
}

const textColumn = (label, read, kind) => ({ label, kind, show: (cell, item) => text(cell, read(item)) });
const numberColumn = (label, read) => textColumn(label, read, 'number');
const wordsOr = (value, other = '–') => value === null || value === undefined || value === '' ? other : value;

function panel(title, ...children) {
  return h('section.panel', null, h('h2', null, title), ...children);
}

// A few choices of which one holds, as links, so that each has an address.
function choices(label, list) {
  const links = list.map(([value, words]) => ({ value, count: h('span.count'), node: h('a.choice', null, words) }));
  for (const link of links) link.node.append(link.count);
  return {
    node: h('nav.choices', { 'aria-label': label }, ...links.map(link => link.node)),
    update(chosen, hrefOf, countOf) {
      for (const link of links) {
        set(link.node, 'href', hrefOf(link.value));
        set(link.node, 'aria-current', link.value === chosen ? 'true' : null);
        text(link.count, countOf ? String(countOf(link.value)) : '');
      }
    },
  };
}
