/* The address axis: every frame has one cell, at every zoom, and the cell leads back to the frame. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { loadScripts } from './scripts.mjs';

const { MemoryView, TimeView } = loadScripts(['geometry'], ['MemoryView', 'TimeView']);

for (const [frames, width, height, columns] of [[20480, 512, 160, 256], [5000, 512, 120, 256], [17920, 320, 280, 128], [1048576, 512, 170, 1024], [40, 512, 120, 256]])
  test(`${frames} frames on ${width} x ${height}: cells and frames agree at every zoom`, () => {
    const view = new MemoryView(frames);
    view.resize(width, height, columns);
    for (let steps = 0; steps <= view.stepsMost(); steps++)
      for (const middle of [0, Math.floor(frames / 2), frames - 1]) {
        view.zoom(steps, middle);
        assert.ok(view.start >= 0 && view.start % view.columns === 0 && view.end <= frames);
        assert.ok(middle >= view.start && middle < view.end, `frame ${middle} is lost at step ${steps}`);
        if (view.rowHeight < 1 || width / view.columns < 1) continue;
        for (let i = 0; i < 50; i++) {
          const frame = view.start + Math.floor(i / 50 * (view.end - view.start)), cell = view.cellOf(frame);
          if (cell.y < 0) continue;
          assert.equal(view.frameAt((cell.x + cell.width / 2) / width, (cell.y + cell.height / 2) / height), frame);
          const low = view.yOf(frame, height);
          assert.ok(low >= cell.y - 0.01 && low <= cell.y + cell.height + 0.01, 'the left picture has the frame at another height');
        }
      }
  });

test('the deepest zoom shows single frames', () => {
  const view = new MemoryView(1048576);
  view.resize(512, 170, 1024);
  view.zoom(99, 777777);
  assert.ok(view.range <= 64 && view.columns === 8);
  assert.ok(777777 >= view.start && 777777 < view.end);
});

test('time keeps the event under the pointer while it zooms, and never leaves the trace', () => {
  const time = new TimeView(1000);
  time.zoom(4, 500);
  assert.deepEqual([time.start, time.end], [375, 625]);
  time.zoom(4, 375);
  assert.deepEqual([time.start, time.end], [375, 437.5]);
  time.place(-50);
  assert.equal(time.start, 0);
  time.zoom(0.001, 10);
  assert.ok(time.isAll());
});
