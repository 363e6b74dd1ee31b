'use strict';
/* Numbers and names as people read them. */

const PAGE_BYTES = 4096;
const NARROW_SPACE = '\u00a0'; /* keeps a number and its unit on one line */

const grouped = number => Math.round(number).toLocaleString('en-US');

function sizeText(bytes) {
  for (const [unit, name] of [[2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [1024, 'KiB']])
    if (bytes >= unit) {
      const value = bytes / unit;
      return (value >= 100 || Number.isInteger(value) ? grouped(value) : value.toFixed(1)) + NARROW_SPACE + name;
    }
  return grouped(bytes) + NARROW_SPACE + 'B';
}

const framesText = frames => sizeText(frames * PAGE_BYTES);
const frameName = frame => '0x' + frame.toString(16);
const percentText = (part, all) => all ? `${(100 * part / all).toFixed(1)}${NARROW_SPACE}%` : '–';
const pluralText = (count, one, many) => `${grouped(count)} ${count === 1 ? one : many}`;

/* 'a', 'a and b', 'a, b and c' */
const listText = (words, last = 'and') =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;

/* A recorded process name is not a source line: the prefix says so in the trace, and is noise to a reader. */
const siteText = site => site.replace(/^comm:/, '');
