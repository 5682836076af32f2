// What Streamlit calls: draws the map of a component into its box, and again whenever Python sends something new.
import styles from 'maplibre-gl/dist/maplibre-gl.css';
import {LiveMap} from './livemap.js';

const maps = new WeakMap(); // box -> its map

export function draw(component) {
  if (!document.getElementById('maplibre-css')) {
    const sheet = Object.assign(document.createElement('style'), {id: 'maplibre-css', textContent: styles});
    document.head.prepend(sheet); // before ours, which changes a little of it
  }
  const box = component.parentElement.querySelector('.map-box');
  let map = maps.get(box);
  if (map) map.update(component.data, component.setTriggerValue);
  else maps.set(box, (map = new LiveMap(box, component.data, component.setTriggerValue)));
  return () => {
    if (maps.get(box) !== map) return;
    maps.delete(box);
    map.end();
  };
}
