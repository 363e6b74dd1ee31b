'use strict';
/* Patterns: for those who cannot tell the colours, or print without them. Eight rows of eight pixels for each kind. */

const TEXTURES = {
  heap: [0x00, 0x00, 0x00, 0xff, 0x00, 0x00, 0x00, 0xff],
  free_in_heap: [0x00, 0x00, 0x00, 0x33, 0x00, 0x00, 0x00, 0x33],
  slab: [0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11],
  vmalloc: [0x81, 0x42, 0x24, 0x18, 0x18, 0x24, 0x42, 0x81],
  user: [0x00, 0x22, 0x00, 0x00, 0x00, 0x88, 0x00, 0x00],
  kernel: [0x88, 0x44, 0x22, 0x11, 0x88, 0x44, 0x22, 0x11],
  page_table: [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80],
  metadata: [0x55, 0x00, 0x55, 0x00, 0x55, 0x00, 0x55, 0x00],
  device: [0x00, 0x00, 0x18, 0x18, 0x00, 0x00, 0x00, 0x00],
  reserved: [0xff, 0x01, 0x01, 0x01, 0xff, 0x10, 0x10, 0x10],
};
const TEXTURE_PIXEL = (120 << 24) >>> 0; /* black, 47 % opaque */
const LETTER_CELL = 15;                  /* CSS pixels: a cell at least this large has its letter instead */

/* Lays the patterns over a rectangle. kindAt(x, y) is the kind that a device pixel of it shows. */
function drawTextures(context, left, top, width, height, kindAt) {
  const image = new ImageData(width, height), pixels = new Uint32Array(image.data.buffer);
  const textures = page.kinds.map(kind => TEXTURES[kind.name]), scale = Math.max(1, Math.floor(page.pixelRatio));
  for (let y = 0, i = 0; y < height; y++) {
    const bits = textures.map(texture => texture ? texture[Math.floor(y / scale) & 7] : 0);
    for (let x = 0; x < width; x++, i++)
      if (bits[kindAt(x, y)] >> (Math.floor(x / scale) & 7) & 1) pixels[i] = TEXTURE_PIXEL;
  }
  const canvas = element('canvas', { width, height });
  canvas.getContext('2d').putImageData(image, 0, 0);
  context.drawImage(canvas, left, top);
}

/* A sample of a colour and its pattern, for the legend. */
function swatch(kind) {
  const size = Math.round(13 * page.pixelRatio);
  const canvas = element('canvas', { width: size, height: size, class: 'swatch', 'aria-hidden': 'true' });
  const context = canvas.getContext('2d');
  context.fillStyle = page.dark ? page.kinds[kind].dark : page.kinds[kind].light;
  context.fillRect(0, 0, size, size);
  if (page.patterns) drawTextures(context, 0, 0, size, size, () => kind);
  return canvas;
}
