// Figures of the counts as pictures: drawn once by the browser in our face, laid side by side.
import {texture} from './atlases.js';

const SIGNS = '0123456789.kM', CELL = 64, SIZE = 44; // px; far larger than shown, so that edges stay sharp
const drawn = new WeakMap(); // device -> figures

export function figures(device) {
  if (!drawn.has(device)) drawn.set(device, draw(device));
  return drawn.get(device);
}

function draw(device) {
  const canvas = Object.assign(document.createElement('canvas'), {width: CELL * SIGNS.length, height: CELL});
  const pen = canvas.getContext('2d');
  Object.assign(pen, {font: `600 ${SIZE}px Sarabun, sans-serif`, textAlign: 'center', textBaseline: 'alphabetic'});
  pen.fillStyle = '#fff';
  const boxes = {}, widths = {};
  const {actualBoundingBoxAscent: tall} = pen.measureText('0'); // as high as a figure: its middle is the line's
  [...SIGNS].forEach((sign, i) => {
    pen.fillText(sign, (i + 0.5) * CELL, (CELL + tall) / 2);
    boxes[sign] = {x: i * CELL, y: 0, width: CELL, height: CELL, mask: true};
    widths[sign] = pen.measureText(sign).width / SIZE;
  });
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
  return {
    atlas: {iconAtlas: texture(device, pixels), iconMapping: boxes},
    scale: CELL / SIZE,
    // Places of the signs of a text of a size, from its middle. [px]
    lay(text, size) {
      const signs = [...text].filter(sign => sign in widths);
      let across = -signs.reduce((sum, sign) => sum + widths[sign], 0) / 2;
      return signs.map(sign => {
        const middle = across + widths[sign] / 2;
        across += widths[sign];
        return {sign, across: middle * size};
      });
    },
  };
}
