'use strict';
/* What a person does: buttons, keys, pointer, touch. */

const WHEEL_STEP = 120; /* of a wheel's movement for one step of the zoom */

function listenToButtons() {
  const click = (id, action) => byId(id).addEventListener('click', action);
  click('play', play);
  click('moment-before', event => stepMoment(event.shiftKey ? -10 : -1));
  click('moment-after', event => stepMoment(event.shiftKey ? 10 : 1));
  click('failure-before', event => stepFailure(-1, event.shiftKey));
  click('failure-after', event => stepFailure(1, event.shiftKey));
  click('memory-in', () => zoomMemory(1));
  click('memory-out', () => zoomMemory(-1));
  click('time-in', () => zoomTime(2));
  click('time-out', () => zoomTime(0.5));
  click('all', showEverything);
  click('large', () => setLarge(!page.large));
  click('theme', () => setTheme(!page.dark));
  byId('patterns').addEventListener('change', event => setPatterns(event.target.checked));
  const none = page.runs.every(run => run.marks.events.length === 0);
  byId('failure-before').disabled = byId('failure-after').disabled = none;
  const slider = byId('slider');
  slider.max = page.time.events;
  slider.addEventListener('input', () => {
    stopPlaying();
    goTo(+slider.value);
    announce();
  });
}

/* ---- keys ---- */

const KEY_ACTIONS = {
  ' ': play,
  ArrowLeft: event => stepMoment(event.shiftKey ? -10 : -1),
  ArrowRight: event => stepMoment(event.shiftKey ? 10 : 1),
  Home: () => jumpTo(0),
  End: () => jumpTo(page.time.events),
  n: () => stepFailure(1, false), N: () => stepFailure(1, true),
  p: () => stepFailure(-1, false), P: () => stepFailure(-1, true),
  '+': () => zoomMemory(1), '=': () => zoomMemory(1), '-': () => zoomMemory(-1),
  ']': () => zoomTime(2), '[': () => zoomTime(0.5),
  0: showEverything,
  l: () => setLarge(!page.large),
  d: () => setTheme(!page.dark),
};

function listenToKeys() {
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === 'SELECT') return;
    const action = KEY_ACTIONS[event.key];
    /* On a button or a link, space presses it, as everywhere. */
    if (!action || (event.key === ' ' && event.target.closest('button, a, input[type=checkbox]'))) return;
    event.preventDefault();
    action(event);
  });
}

/* ---- pictures of time: drag to move, pinch or ctrl and wheel to zoom ---- */

function listenToTime(area, isChart, hover) {
  const pointers = new Map();
  let pinch = null;
  const width = () => isChart ? page.chartWidth : page.stripWidth;
  const partAt = x => (x - area.getBoundingClientRect().left - GUTTER) / (width() - GUTTER);
  const eventAt = x => page.time.eventAt(partAt(x));
  area.addEventListener('pointerdown', event => {
    if (event.button !== 0 || event.target.closest('select')) return;
    area.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event.clientX);
    hideTip();
    stopPlaying();
    if (pointers.size === 2) pinch = { ...spread(pointers), span: page.time.span(), event: eventAt(spread(pointers).middle) };
    else goTo(eventAt(event.clientX));
  });
  area.addEventListener('pointermove', event => {
    if (!pointers.has(event.pointerId)) return event.pointerType === 'mouse' ? hover(event) : undefined;
    pointers.set(event.pointerId, event.clientX);
    if (pointers.size === 2 && pinch) {
      const now = spread(pointers), span = pinch.span * pinch.distance / Math.max(8, now.distance);
      page.time.zoom(page.time.span() / span, pinch.event);
      panTime(pinch.event - partAt(now.middle) * page.time.span());
    } else goTo(eventAt(event.clientX));
    return undefined;
  });
  const release = event => {
    pointers.delete(event.pointerId);
    pinch = null;
    announce();
  };
  area.addEventListener('pointerup', release);
  area.addEventListener('pointercancel', release);
  area.addEventListener('pointerleave', hideTip);
  area.addEventListener('dblclick', event => zoomTime(event.shiftKey ? 0.5 : 2, eventAt(event.clientX)));
  area.addEventListener('wheel', event => {
    if (event.ctrlKey || event.metaKey) zoomTime(Math.exp(-event.deltaY / 300), eventAt(event.clientX));
    else if (!page.time.isAll() && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)))
      panTime(page.time.start + (event.deltaX || event.deltaY) / 600 * page.time.span());
    else return;
    event.preventDefault();
  }, { passive: false });
}

function spread(pointers) {
  const [a, b] = [...pointers.values()];
  return { distance: Math.abs(a - b), middle: (a + b) / 2 };
}

/* ---- maps: hover or tap for a frame, drag to move, pinch, double click, or ctrl and wheel to zoom ---- */

function listenToMap(map) {
  const { canvas } = map, pointers = new Map();
  let drag = null, pinch = null, wheel = 0;
  const frameOf = event => {
    const box = canvas.getBoundingClientRect();
    return page.memory.frameAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  const hover = event => {
    const frame = frameOf(event);
    if (frame !== page.hovered) {
      page.hovered = frame;
      redraw('maps');
    }
    if (frame >= 0) showFrameTip(map, frame, event.clientX, event.clientY);
    else hideTip();
  };
  canvas.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event.clientY);
    drag = { y: event.clientY, start: page.memory.start, moved: false };
    if (pointers.size === 2) pinch = { ...spread(pointers), steps: page.memory.steps, frame: Math.max(0, frameOf(event)) };
  });
  canvas.addEventListener('pointermove', event => {
    if (!pointers.has(event.pointerId)) return hover(event);
    pointers.set(event.pointerId, event.clientY);
    if (pinch && pointers.size === 2) {
      const steps = pinch.steps + Math.round(Math.log2(Math.max(8, spread(pointers).distance) / Math.max(8, pinch.distance)));
      if (steps !== page.memory.steps) {
        page.memory.zoom(steps, pinch.frame);
        memoryMoved();
      }
    } else if (drag && Math.abs(event.clientY - drag.y) > 3) {
      drag.moved = true;
      hideTip();
      panMemory(drag.start + (event.clientY - drag.y) / canvas.clientHeight * page.memory.range);
    }
    return undefined;
  });
  const release = event => {
    if (pointers.size === 1 && drag && !drag.moved && !pinch && event.type === 'pointerup') hover(event);
    pointers.delete(event.pointerId);
    drag = null;
    if (pointers.size === 0) pinch = null;
  };
  canvas.addEventListener('pointerup', release);
  canvas.addEventListener('pointercancel', release);
  canvas.addEventListener('pointerleave', leaveMap);
  canvas.addEventListener('blur', leaveMap);
  canvas.addEventListener('dblclick', event => zoomMemory(event.shiftKey ? -2 : 2, Math.max(0, frameOf(event))));
  canvas.addEventListener('wheel', event => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    wheel -= event.deltaY;
    const steps = Math.trunc(wheel / WHEEL_STEP);
    wheel -= steps * WHEEL_STEP;
    if (steps !== 0) zoomMemory(steps, Math.max(0, frameOf(event)));
  }, { passive: false });
  canvas.addEventListener('keydown', event => moveOverFrames(map, event));
}

function leaveMap() {
  if (page.hovered < 0) return;
  page.hovered = -1;
  hideTip();
  redraw('maps');
}

/* The arrow keys on a map that has the focus. */
function moveOverFrames(map, event) {
  const { memory } = page, up = memory.columns;
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: up, ArrowDown: -up };
  if (event.key === 'Escape') {
    map.canvas.blur();
    return;
  }
  if (!(event.key in moves) || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  const start = page.selected?.run === map.run && page.selected.group.blocker ? page.selected.group.blocker.frame : memory.start;
  const to = page.hovered < 0 ? start : page.hovered + moves[event.key];
  const frame = Math.max(0, Math.min(memory.frames - 1, to));
  const before = memory.start;
  memory.reveal(frame);
  if (memory.start !== before) memoryMoved();
  page.hovered = frame;
  redraw('maps');
  const box = map.canvas.getBoundingClientRect(), cell = memory.cellOf(frame), ratio = page.pixelRatio;
  showFrameTip(map, frame, box.left + (cell.x + cell.width) / ratio, box.top + (cell.y + cell.height) / ratio);
}
