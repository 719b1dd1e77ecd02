// Finds members, services and instances by a part of their name, address, version, tag or zone, and leads there.

const mostFound = 12;

function beginSearch() {
  const field = document.getElementById('find');
  const list = document.getElementById('found');
  let chosen = -1;

  const close = () => {
    show(list, false);
    chosen = -1;
    field.setAttribute('aria-expanded', 'false');
    field.removeAttribute('aria-activedescendant');
  };

  const choose = index => {
    const options = [...list.children];
    if (options.length === 0) return;
    chosen = (index + options.length) % options.length;
    options.forEach((option, at) => set(option, 'aria-selected', at === chosen ? 'true' : 'false'));
    field.setAttribute('aria-activedescendant', options[chosen].id);
    options[chosen].scrollIntoView({ block: 'nearest' });
  };

  const go = option => {
    if (!option?.dataset.href) return;
    close();
    field.value = '';
    location.hash = option.dataset.href;
  };

  const look = () => {
    const hits = find(field.value);
    keyed(list, hits, hit => hit.key, makeHit, updateHit);
    [...list.children].forEach((option, index) => { option.id = 'found-' + index; });
    show(list, field.value.trim() !== '');
    field.setAttribute('aria-expanded', String(!list.hidden));
    if (hits[0]?.href) choose(0);
  };

  field.addEventListener('input', look);
  field.addEventListener('focus', () => field.value && look());
  field.addEventListener('blur', () => setTimeout(close, 150));
  list.addEventListener('pointerdown', event => {
    event.preventDefault();
    go(event.target.closest('li'));
  });
  field.addEventListener('keydown', event => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(chosen + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter') {
      go(list.children[chosen]);
    } else if (event.key === 'Escape') {
      field.value = '';
      close();
    }
  });
  addEventListener('keydown', event => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input')) return;
    event.preventDefault();
    field.focus();
  });
}

function find(words) {
  const wanted = words.trim().toLowerCase();
  const page = model.page;
  if (wanted === '' || !page) return [];
  const hits = [];
  const add = (key, kind, name, note, href, state, ...texts) => {
    const place = [name, ...texts].findIndex(one => one && one.toLowerCase().includes(wanted));
    const rank = (name.toLowerCase().startsWith(wanted) ? 0 : 2) + Math.min(1, place);
    if (place >= 0) hits.push({ key, kind, name, note, href, state, rank });
  };
  for (const service of page.services) {
    add('s' + service.name, 'service', service.name, `service, ${many(service.instances.length, 'instance')}`,
      addressOf('services', service.name), { shape: 'changed', tone: 'note' });
    for (const one of service.instances)
      add(`i${service.name} ${one.nodeId} ${one.id}`, 'instance', one.id,
        `instance of ${service.name}, ${wordsOr(one.version, 'no version')}`, addressOf('services', service.name), stateOfInstance(one),
        one.version, one.zone, one.host, ...one.tags,
        ...one.endpoints.map(endpoint => endpoint.address));
  }
  for (const member of page.members)
    add('m' + member.id, 'member', member.name, `member at ${member.address}, ${zoneName(member.zone)}`, addressOfMember(member),
      stateOfMember(member), member.address, member.zone, member.id);
  hits.sort((a, b) => a.rank - b.rank);
  const nothing = `Nothing here is named like “${shortened(words.trim(), 40)}”`;
  return hits.length > 0 ? hits.slice(0, mostFound)
    : [{ key: 'none', kind: '', name: nothing, note: '', state: { shape: 'note', tone: 'note' } }];
}

function makeHit() {
  const state = h('span');
  const name = h('span.name');
  const note = h('span.soft');
  return { node: h('li', { role: 'option', 'aria-selected': 'false' }, state, name, note), state, name, note };
}

function updateHit(row, hit) {
  mark(row.state, hit.state, hit.kind, true);
  text(row.name, hit.name);
  text(row.note, hit.note);
  if (hit.href) row.node.dataset.href = hit.href;
}
