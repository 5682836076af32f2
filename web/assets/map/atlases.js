// Pictures of an atlas and where they lie in it: loaded once a map, one texture however many layers show it.
const SMOOTH = {
  minFilter: 'linear', magFilter: 'linear', mipmapFilter: 'linear', addressModeU: 'clamp-to-edge',
  addressModeV: 'clamp-to-edge',
};
const files = new Map(); // address -> what was loaded, for all maps of the page

export class Atlases {
  constructor(device, arrived) {
    Object.assign(this, {device, arrived, textures: new Map(), asked: new Set()});
  }

  // Texture and mapping of an atlas; null while they are on their way: `arrived` is called then.
  get(picture, mapping) {
    const [image, boxes] = [this.file(picture, bitmap), this.file(mapping, json)];
    if (!image || !boxes) return null;
    if (!this.textures.has(picture)) this.textures.set(picture, texture(this.device, image));
    return {iconAtlas: this.textures.get(picture), iconMapping: boxes};
  }

  // Whether something that was asked for is still on its way.
  get waiting() {
    return [...this.asked].some(url => !files.has(url));
  }

  file(url, load) {
    if (files.has(url)) return files.get(url);
    if (!this.asked.has(url)) {
      this.asked.add(url);
      load(url).then(
        found => (files.set(url, found), this.arrived()),
        () => setTimeout(() => (this.asked.delete(url), this.arrived()), 2000), // the server is away: again
      );
    }
    return null;
  }
}

export function texture(device, image) {
  const {width, height} = image;
  const made = device.createTexture({
    data: image, width, height, sampler: SMOOTH, mipLevels: device.getMipLevelCount(width, height),
  });
  made.generateMipmapsWebGL();
  return made;
}

export async function json(url) {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${url}: ${reply.status}`);
  return reply.json();
}

async function bitmap(url) {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${url}: ${reply.status}`);
  return createImageBitmap(await reply.blob(), {premultiplyAlpha: 'none'});
}
