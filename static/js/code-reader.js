// Finds QR codes in a picture, on a thread of its own, so that the page goes on answering: the picture as it is, then
// treated in other ways, until the code that is wanted is found or the time is over. zxing where the browser runs
// WebAssembly, jsQR elsewhere. Started by static/js/codes.js.
"use strict";
(() => {
  const MARGIN = 0.2, SMALL = 400, LARGE = 1600; // of a code's side; pixels
  let newest = 0, engine = null;

  // --- Pictures: { width, height, grey } ------------------------------------------------------------------------------
  const greyOf = (width, height, pixels) => {
    const rgba = new Uint8ClampedArray(pixels), grey = new Uint8ClampedArray(width * height);
    for (let at = 0, from = 0; at < grey.length; at++, from += 4) grey[at] = (rgba[from] * 77 + rgba[from + 1] * 151 + rgba[from + 2] * 28) >> 8;
    return { width, height, grey };
  };
  const imageOf = ({ width, height, grey }) => {
    const words = new Uint32Array(width * height);
    for (let at = 0; at < grey.length; at++) words[at] = 0xff000000 | (grey[at] * 0x010101);
    return new ImageData(new Uint8ClampedArray(words.buffer), width, height);
  };
  // A part of the picture, larger or smaller, between the points that are there.
  const cut = (picture, left, top, width, height, scale) => {
    const wide = Math.max(1, Math.round(width * scale)), high = Math.max(1, Math.round(height * scale)), grey = new Uint8ClampedArray(wide * high);
    for (let y = 0, at = 0; y < high; y++) {
      const v = Math.min(picture.height - 1, Math.max(0, top + (y + 0.5) / scale - 0.5)), row = Math.floor(v) * picture.width, b = v % 1;
      const below = row + (Math.floor(v) + 1 < picture.height ? picture.width : 0);
      for (let x = 0; x < wide; x++, at++) {
        const u = Math.min(picture.width - 1, Math.max(0, left + (x + 0.5) / scale - 0.5)), column = Math.floor(u), a = u % 1;
        const next = column + (column + 1 < picture.width ? 1 : 0);
        grey[at] = (picture.grey[row + column] * (1 - a) + picture.grey[row + next] * a) * (1 - b)
          + (picture.grey[below + column] * (1 - a) + picture.grey[below + next] * a) * b;
      }
    }
    return { width: wide, height: high, grey };
  };
  const half = (picture) => {
    const width = picture.width >> 1, height = picture.height >> 1, grey = new Uint8ClampedArray(width * height);
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0, from = 2 * y * picture.width; x < width; x++, at++, from += 2) {
        grey[at] = (picture.grey[from] + picture.grey[from + 1] + picture.grey[from + picture.width] + picture.grey[from + picture.width + 1]) >> 2;
      }
    }
    return { width, height, grey };
  };
  // The mean of the points around each: what noise is lost in, and what a blurred edge is set against.
  const soft = (picture, reach) => {
    const along = (from, count, lines, step, line) => {
      const to = new Float32Array(from.length), size = 2 * reach + 1;
      for (let each = 0; each < lines; each++) {
        const start = each * line, at = (place) => from[start + Math.min(count - 1, Math.max(0, place)) * step];
        let sum = 0;
        for (let place = -reach; place <= reach; place++) sum += at(place);
        for (let place = 0; place < count; place++) {
          to[start + place * step] = sum / size;
          sum += at(place + reach + 1) - at(place - reach);
        }
      }
      return to;
    };
    const { width, height } = picture;
    return { width, height, grey: along(along(picture.grey, width, height, 1, width), height, width, width, 1) };
  };
  const sharp = (picture, reach, strength) => {
    const around = soft(picture, reach).grey;
    return { ...picture, grey: Uint8ClampedArray.from(picture.grey, (value, at) => value + strength * (value - around[at])) };
  };

  // --- Readers: picture to [{ text, corners }], with no text for a code that was seen and not read ---------------------
  const zxing = async (picture, options) => {
    const found = await ZXingWASM.readBarcodes(imageOf(picture), { formats: ["QRCode"], tryInvert: false, returnErrors: true, maxNumberOfSymbols: 8, ...options });
    return found.map(({ isValid, text, position }) => ({ text: isValid ? text : "", corners: [position.topLeft, position.topRight, position.bottomRight, position.bottomLeft] }));
  };
  const jsqr = async (picture) => {
    const image = imageOf(picture), code = jsQR(image.data, image.width, image.height, { inversionAttempts: "dontInvert" });
    return code ? [{ text: code.data, corners: [] }] : [];
  };

  // --- What is tried, the likeliest first ------------------------------------------------------------------------------
  const around = (picture, corners, scale) => {
    const xs = corners.map(({ x }) => x), ys = corners.map(({ y }) => y);
    const left = Math.min(...xs), top = Math.min(...ys), width = Math.max(...xs) - left, height = Math.max(...ys) - top;
    return cut(picture, left - width * MARGIN, top - height * MARGIN, width * (1 + 2 * MARGIN), height * (1 + 2 * MARGIN), scale);
  };
  function* withZxing(picture, seen) {
    yield [picture, {}];
    const unread = () => seen.filter(({ text, corners }) => !text && corners.length);
    for (const { corners } of unread()) {
      const twice = around(picture, corners, 2);
      yield [twice, {}];
      yield [sharp(twice, 4, 1.5), {}];
      yield [soft(twice, 2), {}];
      yield [soft(twice, 3), { binarizer: "GlobalHistogram" }];
      yield [around(picture, corners, 3), { tryDenoise: true }];
    }
    yield [sharp(picture, 2, 1.5), {}];
    yield [soft(picture, 1), {}];
    if (Math.min(picture.width, picture.height) > LARGE / 2) yield [half(picture), { tryDenoise: true }];
    const { width, height } = picture;
    for (const [x, y] of [[0.25, 0.25], [0, 0.4], [0.4, 0.4], [0, 0], [0.4, 0]]) {
      const part = cut(picture, width * x, height * y, width * 0.6, height * 0.6, 2);
      yield [part, {}];
      yield [sharp(part, 4, 1.5), {}];
    }
    yield [picture, { binarizer: "GlobalHistogram", tryInvert: true }];
  }
  // It finds a code only where little else is in the picture: squares of it, half over each other, the lower ones first.
  function* withJsqr(picture) {
    const { width, height } = picture, long = Math.max(width, height);
    yield [cut(picture, 0, 0, width, height, Math.min(1, LARGE / long))];
    for (const share of [0.35, 0.25, 0.5]) {
      const side = long * share, scale = Math.max(1, SMALL / side);
      for (let below = height; below > 0; below = below > side ? Math.max(side, below - side / 2) : 0) {
        for (let right = Math.min(side, width); right; right = right < width ? Math.min(width, right + side / 2) : 0) {
          yield [cut(picture, Math.max(0, right - side), Math.max(0, below - side), Math.min(side, width), Math.min(side, height), scale)];
        }
      }
    }
  }

  const load = async ({ script, wasm, fallback }) => {
    try {
      importScripts(script);
      await ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
      return { read: zxing, tries: withZxing };
    } catch { // WebAssembly that is missing, forbidden or older than this
      importScripts(fallback);
      return { read: jsqr, tries: withJsqr };
    }
  };
  const answer = async ({ id, libraries, width, height, pixels, budget, wanted }) => {
    newest = id;
    engine = engine || load(libraries);
    const { read, tries } = await engine, end = Date.now() + budget, seen = [];
    const enough = () => seen.some(({ text }) => text.includes(wanted));
    for (const attempt of tries(greyOf(width, height, pixels), seen)) {
      seen.push(...await read(...attempt));
      // Let the next picture in: whoever sent it no longer waits for this one.
      await new Promise((resolve) => { setTimeout(resolve); });
      if (enough() || Date.now() > end || newest !== id) break;
    }
    return [...new Set(seen.map(({ text }) => text).filter(Boolean))];
  };
  addEventListener("message", async ({ data }) => {
    try { postMessage({ id: data.id, texts: await answer(data) }); } catch { postMessage({ id: data.id, fault: true }); }
  });
})();
