// Reads QR codes from a picture or a camera: by the browser's own detector where there is one, and where it sees nothing
// by the worker of static/js/code-reader.js. Gives the page `codes`; its tag names what the worker needs.
"use strict";
globalThis.codes = (() => {
  const MOST = 3200; // pixels: of a sheet of paper, enough for its finest code
  const { worker: address, script, wasm, fallback } = document.currentScript.dataset;
  const waiting = new Map();
  let worker = null, last = 0;

  const detector = (async () => {
    try {
      return (await BarcodeDetector.getSupportedFormats()).includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
    } catch { return null; } // a browser without one
  })();
  const started = () => {
    if (worker) return worker;
    worker = new Worker(address);
    const done = (id, texts) => { waiting.get(id)(texts); waiting.delete(id); };
    worker.addEventListener("message", ({ data }) => done(data.id, data.fault ? null : data.texts));
    worker.addEventListener("error", () => { worker = null; [...waiting.keys()].forEach((id) => done(id, null)); });
    return worker;
  };
  const pixelsOf = (source, width, height) => {
    const scale = Math.min(1, MOST / Math.max(width, height));
    const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(source, 0, 0, canvas.width, canvas.height);
    return pen.getImageData(0, 0, canvas.width, canvas.height);
  };
  const search = (source, width, height, budget, wanted) => new Promise((resolve) => {
    const { data, width: wide, height: high } = pixelsOf(source, width, height), id = ++last;
    waiting.set(id, resolve);
    const libraries = { script, wasm, fallback };
    started().postMessage({ id, libraries, width: wide, height: high, pixels: data.buffer, budget, wanted }, [data.buffer]);
  });

  // What the codes in the picture say, the one that holds `wanted` first; null where this browser cannot look for codes.
  // `budget` is in milliseconds: it is looked for that long, and a little longer for what was begun.
  const read = async (source, width, height, { budget, wanted }) => {
    const first = (texts) => texts && [...texts].sort((a, b) => b.includes(wanted) - a.includes(wanted));
    let texts = [];
    try { texts = (await (await detector).detect(source)).map((code) => code.rawValue); } catch { /* what it cannot look at, the worker may */ }
    if (texts.some((text) => text.includes(wanted))) return first(texts);
    try {
      const found = await search(source, width, height, budget, wanted);
      return found || texts.length ? first([...texts, ...found || []]) : null;
    } catch { return texts.length ? texts : null; }
  };
  return { read, needs: [address, script, wasm, fallback] };
})();
