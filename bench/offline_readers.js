// The readers that bench/offline_photos.py compares: each takes a picture and gives the texts of its codes.
"use strict";
const canvasOf = (picture, most) => {
  const scale = Math.min(1, most / Math.max(picture.width, picture.height));
  const canvas = Object.assign(document.createElement("canvas"), { width: picture.width * scale, height: picture.height * scale });
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
};
const whole = (picture) => canvasOf(picture, 1e9).getContext("2d").getImageData(0, 0, picture.width, picture.height);
ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => "/static/vendor/zxing-wasm-3.1.4.wasm" } });
globalThis.readers = {
  // The control: what the page did at first.
  "jsQR as it was": async (picture) => {
    const canvas = canvasOf(picture, 1600), pen = canvas.getContext("2d"), texts = [];
    for (let turn = 0; turn < 2; turn++) {
      const { data } = pen.getImageData(0, 0, canvas.width, canvas.height), code = jsQR(data, canvas.width, canvas.height);
      if (!code) break;
      texts.push(code.data);
      const { topLeftCorner: a, topRightCorner: b, bottomRightCorner: c, bottomLeftCorner: d } = code.location;
      pen.fillStyle = "#fff"; pen.beginPath();
      [a, b, c, d].forEach((point) => pen.lineTo(point.x, point.y));
      pen.fill();
    }
    return texts;
  },
  "zxing-wasm": async (picture) =>
    (await ZXingWASM.readBarcodes(whole(picture), { formats: ["QRCode"], maxNumberOfSymbols: 4 })).map(({ text }) => text),
  "the page": (picture) => codes.read(picture, picture.width, picture.height, { budget: 6000, wanted: "#" }),
  "the page without wasm": (picture) => plain.read(picture, picture.width, picture.height, { budget: 6000, wanted: "#" }),
  "@zxing/library": async (picture) => {
    const { data, width, height } = whole(picture), grey = new Uint8ClampedArray(width * height);
    for (let at = 0; at < grey.length; at++) grey[at] = data[at * 4];
    const bits = new ZXing.BinaryBitmap(new ZXing.HybridBinarizer(new ZXing.RGBLuminanceSource(grey, width, height)));
    try { return [new ZXing.QRCodeReader().decode(bits, new Map([[ZXing.DecodeHintType.TRY_HARDER, true]])).getText()]; } catch { return []; }
  },
  "@nuintun/qrcode": async (picture) => {
    const { grayscale, binarize, Detector, Decoder } = nuintun, { data, width, height } = whole(picture), texts = [];
    const found = new Detector().detect(binarize(grayscale({ data, width, height }), width, height)), decoder = new Decoder();
    for (let each = found.next(), tries = 0; !each.done && tries < 200; tries++) {
      let read = true;
      try { texts.push(decoder.decode(each.value.matrix).content); } catch { read = false; }
      each = found.next(read);
    }
    return texts;
  },
  "@undecaf/zbar-wasm": async (picture) => (await zbar.scanImageData(whole(picture))).map((code) => code.decode()),
  qr: async (picture) => { try { return [decodeQR(whole(picture))]; } catch { return []; } },
};
globalThis.one = async (name, photo) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${photo}`)).blob());
  const start = performance.now(), texts = await readers[name](picture);
  return [texts || [], performance.now() - start];
};
