'use strict';
/* Elements. Text from the data becomes text nodes, and never markup. */

const byId = id => document.getElementById(id);

/* properties: `on...` are listeners, `style` an object, the rest attributes; null and false leave one out. */
function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.assign(node.style, value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(2).filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

/* Changing a text that stays the same would cost a layout in every frame of an animation. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const themeColours = {};
function readThemeColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['paper', 'ink', 'dim', 'line', 'grid', 'soft', 'fail', 'failink', 'sans', 'mono'])
    themeColours[name] = style.getPropertyValue('--' + name).trim();
}
