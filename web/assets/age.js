// How long ago something was, in one number. Its units come from the page, as seconds|minutes|hours|days.
export function age(seconds, units) {
  const [s, m, h, d] = units.split('|');
  if (seconds < 90) return `${Math.round(seconds)} ${s}`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} ${m}`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} ${h}`;
  return `${Math.round(seconds / 86400)} ${d}`;
}
