'use strict';

const find = id => document.getElementById(id);
const cards = [...document.querySelectorAll('.card')];
const rows = [...document.querySelectorAll('.row')];
const texts = new Map([...cards, ...rows].map(item => [item, item.textContent.toLowerCase()]));
const part = (item, name) => item.querySelector(`[data-is="${name}"]`)?.textContent ?? '';
const dialog = find('view');
const player = find('player');
const calm = matchMedia('(prefers-reduced-motion: reduce)');

document.documentElement.classList.add('js');
for (const element of document.querySelectorAll('.open, .tools, .copy, #controls')) element.hidden = false;
find('controls').hidden = cards.length === 0;

// ---- First pictures. A browser plays only so many videos at a time, and a folder may hold hundreds: each picture is
// drawn once and its video let go. Only those near the window are kept.
const waiting = new Set();
let loading = 0;

function loadNext() {
  while (loading < 4 && waiting.size) {
    const [card] = waiting;
    waiting.delete(card);
    loading++;
    draw(card).finally(() => { loading--; loadNext(); });
  }
}

function draw(card) {
  const video = document.createElement('video');
  video.muted = video.playsInline = true;
  video.preload = 'auto';
  return new Promise((resolve, reject) => {
    video.addEventListener('loadeddata', resolve);
    video.addEventListener('error', reject);
    setTimeout(reject, 15000); // Its place in the queue goes to the next one.
    video.src = `${card.dataset.src}#t=0.001`; // Without a time some browsers show nothing before they play.
  }).then(() => {
    const frame = card.querySelector('.frame');
    const shown = frame.clientWidth * Math.min(devicePixelRatio, 2);
    const canvas = frame.querySelector('canvas') ?? frame.insertBefore(document.createElement('canvas'), frame.firstChild);
    canvas.setAttribute('aria-hidden', 'true');
    canvas.width = Math.min(video.videoWidth, Math.max(shown, 1));
    canvas.height = Math.round(canvas.width * video.videoHeight / video.videoWidth);
    canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
    card.classList.remove('broken');
    card.classList.add('ready');
  }, () => {
    if (video.error) card.classList.add('broken');
  }).finally(() => {
    video.removeAttribute('src');
    video.load();
  });
}

const nearby = new IntersectionObserver(entries => {
  for (const { target: card, isIntersecting } of entries) {
    if (!isIntersecting) {
      waiting.delete(card);
      card.classList.remove('ready');
      card.querySelector('canvas')?.remove();
    } else if (!card.classList.contains('ready')) {
      waiting.add(card);
    }
  }
  loadNext();
}, { rootMargin: '150% 0px' });
cards.forEach(card => nearby.observe(card));

// ---- Previews: one plays at a time, without sound, under the pointer or the keyboard's focus.
const preview = document.createElement('video');
preview.muted = preview.loop = preview.playsInline = true;
preview.className = 'preview';
preview.tabIndex = -1;
preview.setAttribute('aria-hidden', 'true');
let previewed = null;
let soon = 0;

function startPreview(card) {
  stopPreview();
  previewed = card;
  card.querySelector('.frame').insertBefore(preview, card.querySelector('.open'));
  preview.src = card.dataset.src;
  preview.play().catch(() => {}); // Stopped again before it began, or no video at all.
}

function stopPreview() {
  clearTimeout(soon);
  if (!previewed) return;
  previewed.classList.remove('playing');
  previewed = null;
  preview.remove();
  preview.removeAttribute('src');
  preview.load();
}

preview.addEventListener('playing', () => previewed?.classList.add('playing'));

for (const card of cards) {
  const button = card.querySelector('.open');
  // A finger's touch also comes as hover and focus; it opens the larger view.
  button.addEventListener('pointerenter', event => {
    if (event.pointerType !== 'mouse' || calm.matches) return;
    clearTimeout(soon);
    soon = setTimeout(startPreview, 80, card);
  });
  button.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') stopPreview(); });
  button.addEventListener('focus', () => { if (button.matches(':focus-visible') && !calm.matches) startPreview(card); });
  button.addEventListener('blur', () => { if (previewed === card) stopPreview(); });
  button.addEventListener('click', () => open(card, button));
  card.querySelector('.more').addEventListener('click', event => open(card, event.currentTarget));
}

// ---- The larger view.
let viewed = null;
let opener = null;
const visible = () => cards.filter(card => !card.hidden).sort((a, b) => a.compareDocumentPosition(b) & 4 ? -1 : 1);

function show(card) {
  viewed = card;
  const all = visible();
  const title = card.querySelector('h2');
  const name = part(card, 'name');
  const prompt = part(card, 'prompt');
  find('view-title').textContent = title.textContent;
  find('view-title').classList.toggle('long', title.textContent.length > 60);
  find('view-prompt').textContent = name ? prompt : '';
  find('view-prompt').hidden = !name || !prompt;
  find('view-facts').replaceChildren(...[...card.querySelector('dl').children].map(element => element.cloneNode(true)));
  find('view-file').href = card.dataset.src;
  find('position').textContent = `${all.indexOf(card) + 1} of ${all.length}`;
  find('back').hidden = find('next').hidden = all.length < 2;
  for (const button of dialog.querySelectorAll('.copy')) button.hidden = !part(card, button.dataset.copy);
  find('broken').hidden = true;
  player.hidden = false;
  player.src = card.dataset.src;
  if (!calm.matches) player.play().catch(() => {}); // A browser may want a click on the player first.
}

function open(card, from) {
  stopPreview();
  opener = from;
  dialog.showModal();
  document.documentElement.classList.add('viewing');
  history.pushState({ viewing: true }, ''); // On a phone "back" closes it.
  show(card);
  player.focus();
}

function step(by) {
  const all = visible();
  show(all[(all.indexOf(viewed) + by + all.length) % all.length]);
  say(`${find('position').textContent}: ${find('view-title').textContent}`);
}

player.addEventListener('error', () => {
  if (!player.getAttribute('src')) return;
  find('broken').hidden = false;
  player.hidden = true;
});
dialog.addEventListener('close', () => {
  player.removeAttribute('src');
  player.load();
  document.documentElement.classList.remove('viewing');
  if (history.state?.viewing) history.back();
  // The focus goes to where it came from, or to the video that was looked at last.
  const back = opener.closest('.card') === viewed ? opener : viewed.querySelector('.open');
  back.focus({ preventScroll: true });
  viewed.scrollIntoView({ block: 'nearest' });
});
dialog.addEventListener('keydown', event => {
  if (event.ctrlKey || event.altKey || event.metaKey || find('next').hidden) return;
  const key = event.key.toLowerCase();
  if (key === 'n' || key === 'p') step(key === 'n' ? 1 : -1);
});
find('back').addEventListener('click', () => step(-1));
find('next').addEventListener('click', () => step(1));
find('close').addEventListener('click', () => dialog.close());
addEventListener('popstate', () => { if (dialog.open) dialog.close(); });

// ---- Copying.
function say(text) {
  (dialog.open ? dialog : document).querySelector(dialog.open ? '[role=status]' : 'body > [role=status]').textContent = text;
}

async function copy(text, near) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // Not over plain http.
    const area = near.appendChild(document.createElement('textarea'));
    area.value = text;
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}

for (const button of document.querySelectorAll('.copy')) {
  button.addEventListener('click', async () => {
    const what = button.dataset.copy;
    const item = button.closest('.card, .row') ?? viewed;
    await copy(what === 'command' ? button.previousElementSibling.textContent : part(item, what), button.parentElement);
    button.focus();
    button.classList.add('copied');
    setTimeout(() => button.classList.remove('copied'), 1500);
    say({ prompt: 'The prompt is copied.', job: 'The jobId is copied.', command: 'The command is copied.' }[what]);
  });
}

// ---- Filters and sorting. The address keeps them, so that a reload, a bookmark or a link brings them back.
const fields = ['search', 'model', 'mode', 'folder', 'sort'].map(find).filter(field => field);
const byText = (a, b) => a.localeCompare(b, undefined, { numeric: true, sensitivity: 'base' });
// What is not known comes last, whichever way it is sorted.
const known = (get, order) => (a, b) => !get(a) - !get(b) || order(get(a), get(b));
const newest = (a, b) => b.dataset.time.localeCompare(a.dataset.time);
const quota = card => card.dataset.quota;
const orders = {
  newest,
  oldest: (a, b) => newest(b, a),
  name: known(card => part(card, 'name') || part(card, 'file'), byText),
  prompt: known(card => part(card, 'prompt'), byText),
  costly: known(quota, (a, b) => b - a),
  cheap: known(quota, (a, b) => a - b),
};

function filter() {
  const value = id => find(id)?.value ?? '';
  const words = value('search').toLowerCase().split(/\s+/);
  const is = (item, name) => !value(name) || (item.dataset[name] ?? '').toLowerCase() === value(name).toLowerCase();
  const matches = item => is(item, 'model') && is(item, 'mode') && words.every(word => texts.get(item).includes(word));
  const folder = value('folder');
  const isIn = card => !folder || card.dataset.folder === (folder === '.' ? '' : folder);
  for (const card of cards) card.hidden = !(matches(card) && isIn(card));
  for (const row of rows) row.hidden = !matches(row);
  if (previewed?.hidden) stopPreview();
  const shown = cards.filter(card => !card.hidden).length;
  find('count').textContent = shown === cards.length ? `${shown} shown` : `${shown} of ${cards.length} shown`;
  find('count').classList.toggle('all', shown === cards.length);
  find('nothing').hidden = shown > 0 || cards.length === 0;
  for (const field of fields) field.classList.toggle('chosen', field.tagName === 'SELECT' && field.id !== 'sort' && field.value !== '');
}

function sort() {
  find('videos').append(...cards.sort((a, b) => orders[find('sort').value](a, b) || newest(a, b)));
}

function remember() {
  const chosen = fields.filter(field => field.value !== (field.id === 'sort' ? 'newest' : '')).map(field => [field.id, field.value]);
  history.replaceState(history.state, '', `#${new URLSearchParams(chosen)}`);
}

function recall() {
  const chosen = new URLSearchParams(location.hash.slice(1));
  for (const field of fields) {
    field.value = chosen.get(field.id) ?? '';
    if (field.selectedIndex < 1) field.selectedIndex = 0; // Not chosen, or not there any more.
  }
  sort();
  filter();
}

find('controls').addEventListener('submit', event => event.preventDefault());
find('controls').addEventListener('input', event => {
  if (event.target.id === 'sort') sort(); else filter();
  remember();
});
find('clear').addEventListener('click', () => {
  for (const field of fields) if (field.id !== 'sort') field.value = '';
  filter();
  remember();
  find('search').focus();
});
find('more').addEventListener('click', event => {
  const button = event.currentTarget;
  button.setAttribute('aria-expanded', String(button.getAttribute('aria-expanded') !== 'true'));
});
addEventListener('hashchange', recall);
addEventListener('scroll', () => {
  document.body.classList.toggle('scrolled', find('controls').getBoundingClientRect().top <= 0);
}, { passive: true });

if (history.state?.viewing) history.replaceState(null, ''); // Reloaded with the larger view open.
recall();
