'use strict';
/* What the page shows, and the one place that asks for it to be drawn again. */

const GUTTER = 58; /* CSS pixels to the left of each picture of time, for its axis */
const LANE = 13;   /* CSS pixels above it, for the marks of failures */

const page = {
  report: null,     /* the head of the data */
  kinds: [],        /* of frames: name, says, letter, light, dark */
  runs: [],         /* a Run for each strategy */
  strips: [],       /* the left pictures */
  maps: [],
  memory: null,     /* a MemoryView */
  time: null,       /* a TimeView */
  event: 0,         /* the moment */
  hurried: false,   /* the moment changes again and again: maps are drawn quickly, not finely */
  selected: null,   /* { run, group }: the failure that the moment is */
  hovered: -1,      /* a frame */
  highlighted: -1,  /* a kind; the others are dimmed */
  patterns: false,
  large: false,
  narrow: false,
  dark: false,
  pixelRatio: 1,
};

const kindColours = () => page.kinds.map((kind, i) => {
  const colour = page.dark ? kind.dark : kind.light;
  return page.highlighted >= 0 && page.highlighted !== i ? dimmed(colour, themeColours.paper) : colour;
});

/* Draws once in a frame of the screen, however often it was asked for. Parts: moment, maps, strips, charts. */
const awaitingDraw = new Set();
function redraw(...parts) {
  if (awaitingDraw.size === 0) requestAnimationFrame(drawNow);
  for (const part of parts) awaitingDraw.add(part);
}

function drawNow() {
  const parts = new Set(awaitingDraw);
  awaitingDraw.clear();
  if (parts.has('strips')) for (const strip of page.strips) strip.draw();
  if (parts.has('charts')) showChartTime();
  if (parts.has('maps')) for (const map of page.maps) map.drawn = null;
  if (parts.has('maps') || parts.has('moment')) showMoment();
}
