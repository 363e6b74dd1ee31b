/*
 * How far apart the colours are, to normal eyes and to those without one kind of cone: CIEDE2000 (Sharma, Wu and Dalal,
 * 2005) after the simulation of Machado, Oliveira and Fernandes (2009, severity 1).
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { KINDS } from './made.mjs';
import { loadScripts } from './scripts.mjs';

const { STRATEGY_LOOKS } = loadScripts(['colours'], ['STRATEGY_LOOKS']);

const EYES = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;

export function labOf(hex, eyes) {
  const rgb = [1, 3, 5].map(i => linear(parseInt(hex.slice(i, i + 2), 16) / 255));
  const [r, g, b] = eyes.map(row => Math.min(1, Math.max(0, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2])));
  const f = t => t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 * t + 16) / 116;
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047), y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b), z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const radians = degrees => degrees * Math.PI / 180;
const hue = (a, b) => a === 0 && b === 0 ? 0 : (Math.atan2(b, a) * 180 / Math.PI + 360) % 360;

export function ciede2000([l1, a1, b1], [l2, a2, b2]) {
  const mean7 = ((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7, g = 0.5 * (1 - Math.sqrt(mean7 / (mean7 + 25 ** 7)));
  const c1 = Math.hypot(a1 * (1 + g), b1), c2 = Math.hypot(a2 * (1 + g), b2), h1 = hue(a1 * (1 + g), b1), h2 = hue(a2 * (1 + g), b2);
  let dh = c1 * c2 === 0 ? 0 : h2 - h1;
  if (dh > 180) dh -= 360;
  if (dh < -180) dh += 360;
  let mean = (h1 + h2) / 2;
  if (c1 * c2 === 0) mean = h1 + h2;
  else if (Math.abs(h1 - h2) > 180) mean += h1 + h2 < 360 ? 180 : -180;
  const l = (l1 + l2) / 2, c = (c1 + c2) / 2, dH = 2 * Math.sqrt(c1 * c2) * Math.sin(radians(dh / 2));
  const t = 1 - 0.17 * Math.cos(radians(mean - 30)) + 0.24 * Math.cos(radians(2 * mean)) + 0.32 * Math.cos(radians(3 * mean + 6)) - 0.2 * Math.cos(radians(4 * mean - 63));
  const sl = 1 + 0.015 * (l - 50) ** 2 / Math.sqrt(20 + (l - 50) ** 2), sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;
  const rotation = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(radians(60 * Math.exp(-(((mean - 275) / 25) ** 2))));
  return Math.sqrt(((l2 - l1) / sl) ** 2 + ((c2 - c1) / sc) ** 2 + (dH / sh) ** 2 + rotation * (c2 - c1) / sc * dH / sh);
}

/* The two names, and the eyes, that are least apart. */
export function leastApart(colours) {
  let least = { distance: Infinity };
  for (const [eyes, matrix] of Object.entries(EYES)) {
    const labs = colours.map(([name, hex]) => [name, labOf(hex, matrix)]);
    labs.forEach(([one, lab], i) => {
      for (const [other, otherLab] of labs.slice(i + 1)) {
        const distance = ciede2000(lab, otherLab);
        if (distance < least.distance) least = { distance, one, other, eyes };
      }
    });
  }
  return least;
}

test('CIEDE2000 gives the distances of its authors’ table', () => {
  for (const [one, other, distance] of [
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425], [[50, 0, 0], [50, -1, 2], 2.3669], [[50, 2.49, -0.001], [50, -2.49, 0.0009], 7.1792],
    [[50, 2.5, 0], [73, 25, -18], 27.1492], [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644], [[22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619], 2.0373],
  ]) assert.ok(Math.abs(ciede2000(one, other) - distance) < 0.0001);
});

/* Frames that are no RAM and free space within a heap are rare; they differ by less, and have patterns. */
const RARE = ['device', 'free_in_heap'];
for (const theme of ['light', 'dark']) {
  test(`any two kinds of frames differ by 10 on the ${theme} page`, t => {
    const least = leastApart(KINDS.filter(kind => !RARE.includes(kind.name)).map(kind => [kind.name, kind[theme]]));
    t.diagnostic(`least distance ${least.distance.toFixed(1)}: ${least.one} and ${least.other}, ${least.eyes}`);
    assert.ok(least.distance >= 10);
  });
  test(`the rare kinds differ by 4 from all others on the ${theme} page`, t => {
    const least = leastApart(KINDS.map(kind => [kind.name, kind[theme]]));
    t.diagnostic(`least distance ${least.distance.toFixed(1)}: ${least.one} and ${least.other}, ${least.eyes}`);
    assert.ok(least.distance >= 4);
  });
  test(`lines of one dash differ by 10 on the ${theme} page`, t => {
    const dashes = new Map();
    for (const [name, look] of Object.entries(STRATEGY_LOOKS)) dashes.set(look.dash.join(), [...(dashes.get(look.dash.join()) ?? []), [name, look[theme]]]);
    const least = [...dashes.values()].map(leastApart).reduce((a, b) => a.distance < b.distance ? a : b);
    t.diagnostic(`least distance ${least.distance.toFixed(1)}: ${least.one} and ${least.other}, ${least.eyes}`);
    assert.ok(least.distance >= 10);
  });
}
