'use strict';
/* Colours. Those of frames come with the data, so that page, map and terminal agree; those of strategies are Okabe and Ito's. */

const STRATEGY_LOOKS = {
  window: { light: '#7a7a7a', dark: '#b5b5b5', dash: [] },
  primary: { light: '#d55e00', dark: '#ff9f50', dash: [] },
  brk: { light: '#0072b2', dark: '#4da3e0', dash: [] },
  zoned: { light: '#cc79a7', dark: '#c76da0', dash: [] },
  kseg0: { light: '#e69f00', dark: '#e69f00', dash: [6, 6] },
  jump: { light: '#56b4e9', dark: '#86ccf2', dash: [7, 5] },
  migrate: { light: '#009e73', dark: '#2fc39a', dash: [7, 3] },
};
const OWN_STRATEGY_LOOKS = [ /* a user's own strategies, in turn */
  { light: '#8c6d1f', dark: '#c9a94a', dash: [2, 3] },
  { light: '#7b3294', dark: '#b57fd0', dash: [2, 3] },
];

function strategyLook(name, index) {
  return STRATEGY_LOOKS[name] ?? OWN_STRATEGY_LOOKS[index % OWN_STRATEGY_LOOKS.length];
}

const colourParts = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
/* A pixel of an ImageData, read as a 32-bit number on a little-endian machine. */
const pixelOf = (red, green, blue) => (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
const pixelOfColour = hex => pixelOf(...colourParts(hex));

/* sRGB to linear light and back (IEC 61966-2-1). The way back is a table, because every cell of a blend takes it. */
const LINEAR = Float32Array.from({ length: 256 }, (_, i) => {
  const v = i / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});
const LINEAR_STEPS = 4095;
const SRGB = Uint8Array.from({ length: LINEAR_STEPS + 1 }, (_, i) => {
  const v = i / LINEAR_STEPS;
  return Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
});

/* Mixes towards the paper, for what is dimmed. */
function dimmed(hex, paper) {
  const [from, to] = [colourParts(hex), colourParts(paper)];
  return '#' + from.map((v, i) => Math.round(v * 0.2 + to[i] * 0.8).toString(16).padStart(2, '0')).join('');
}
