// Lengths: on the ground, and as people write them.
const EARTH_M = 6371008.8; // mean radius: on the ellipsoid at most 0.4 % off at our latitudes
const RAD = Math.PI / 180;

// Length of a line of [lon, lat] on the sphere. [m]
export function metres(line) {
  let sum = 0;
  for (let i = 1; i < line.length; i++) sum += between(line[i - 1], line[i]);
  return sum;
}

function between([lon1, lat1], [lon2, lat2]) {
  const up = Math.sin(((lat2 - lat1) * RAD) / 2) ** 2;
  const across = Math.cos(lat1 * RAD) * Math.cos(lat2 * RAD) * Math.sin(((lon2 - lon1) * RAD) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(up + across)));
}

export function length(m, {m: metre, km}) {
  if (m < 1000) return `${Math.round(m)} ${metre}`;
  return `${(m / 1000).toFixed(m < 100000 ? 2 : 1)} ${km}`;
}

// 12+340, as stretches of the border are named.
export function chainage(m) {
  const whole = Math.round(m);
  return `${Math.floor(whole / 1000)}+${String(whole % 1000).padStart(3, '0')}`;
}
