'use strict';

const find = id => document.getElementById(id);
const cards = [...document.querySelectorAll('.card')];
const texts = new Map(cards.map(card => [card, card.textContent.toLowerCase()]));
const calm = matchMedia('(prefers-reduced-motion: reduce)');
let playing = null;

// One plays at a time; the sound is off, so the browser lets it.
function play(video) {
  if (playing && playing !== video) playing.pause();
  playing = video;
  video.play().catch(() => {}); // Paused again before it began; a file that is broken has an error event.
}

for (const card of cards) {
  const video = card.querySelector('video');
  const button = card.querySelector('.play');
  video.controls = false; // They are for browsers that run no script.
  video.tabIndex = -1;
  button.hidden = false;

  for (const event of ['play', 'pause']) {
    video.addEventListener(event, () => {
      button.setAttribute('aria-pressed', String(!video.paused));
      card.classList.toggle('playing', !video.paused);
    });
  }
  video.addEventListener('error', () => card.classList.add('broken'));

  // A finger's touch also comes as hover and focus, and would start the video right before its click stops it.
  button.addEventListener('pointerenter', event => { if (event.pointerType === 'mouse' && !calm.matches) play(video); });
  button.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse' && !button.matches(':focus-visible')) video.pause(); });
  button.addEventListener('focus', () => { if (button.matches(':focus-visible') && !calm.matches) play(video); });
  button.addEventListener('blur', () => video.pause());
  button.addEventListener('click', () => { if (video.paused) play(video); else video.pause(); });
}

// The first pictures are fetched once they come near the window; a folder may hold hundreds.
const nearby = new IntersectionObserver(entries => {
  for (const entry of entries.filter(one => one.isIntersecting)) {
    entry.target.querySelector('video').preload = 'metadata';
    nearby.unobserve(entry.target);
  }
}, { rootMargin: '400px' });
cards.forEach(card => nearby.observe(card));

// What is not known comes last, whichever way it is sorted.
const quota = (card, unknown) => card.dataset.quota === '' ? unknown : Number(card.dataset.quota);
const newest = (a, b) => b.dataset.time.localeCompare(a.dataset.time);
const orders = {
  newest,
  oldest: (a, b) => newest(b, a),
  costly: (a, b) => quota(b, -1) - quota(a, -1) || newest(a, b),
  cheap: (a, b) => quota(a, 1e12) - quota(b, 1e12) || newest(a, b),
  title: (a, b) => a.dataset.title.localeCompare(b.dataset.title) || newest(a, b),
};

function filter() {
  const words = find('search').value.toLowerCase().split(/\s+/);
  const is = (card, name) => !find(name).value || card.dataset[name].toLowerCase() === find(name).value.toLowerCase();
  for (const card of cards) {
    card.hidden = !(is(card, 'model') && is(card, 'mode') && words.every(word => texts.get(card).includes(word)));
    if (card.hidden) card.querySelector('video').pause();
  }
  const shown = cards.filter(card => !card.hidden).length;
  find('count').textContent = shown === cards.length ? `${shown} shown` : `${shown} of ${cards.length} shown`;
  find('nothing').hidden = shown > 0 || cards.length === 0;
}

find('controls').addEventListener('submit', event => event.preventDefault());
find('controls').addEventListener('input', filter);
find('sort').addEventListener('input', () => find('videos').append(...cards.sort(orders[find('sort').value])));
find('clear').addEventListener('click', () => {
  find('search').value = find('model').value = find('mode').value = '';
  filter();
  find('search').focus();
});

find('controls').reset(); // A reload would keep what was chosen, and not what it did.
find('controls').hidden = false;
filter();
