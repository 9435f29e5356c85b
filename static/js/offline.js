// Checks the signed line of a proof's second QR code in the browser, with the keys the page brought along: nothing is
// sent, and no network is needed once the page is here. Loaded by the page that has [data-keys].
"use strict";
(() => {
  const HEAD = 29, KEY = [1, 5], CODE = [5, 21], PRINT = [21, 29], SIGNATURE = 64; // bytes, as domain/proof_token.py
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const PAUSE = 250, SIDE = 1600; // milliseconds, pixels
  const box = document.querySelector("[data-keys]");
  if (!box) return;
  const keys = JSON.parse(box.dataset.keys), titles = JSON.parse(box.dataset.titles);
  const part = (name) => document.querySelector(`[data-offline-${name}]`);
  const say = (text) => { part("status").textContent = text; };
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  let camera = null;

  const unpack = (line) => {
    const bytes = new Uint8Array(Math.floor((line.length * 5) / 8));
    let bits = 0, held = 0, at = 0;
    for (const character of line) {
      const digit = DIGITS.indexOf(character);
      if (digit < 0) return null;
      held = ((held << 5) | digit) & 0xfff;
      bits += 5;
      if (bits >= 8) { bits -= 8; bytes[at++] = (held >> bits) & 0xff; }
    }
    return bytes;
  };
  const codeOf = (bytes) => {
    let number = BigInt(`0x${hex(bytes)}`), code = "";
    for (let place = 0; place < 26; place++) { code = CROCKFORD[Number(number & 31n)] + code; number >>= 5n; }
    return code;
  };

  // What the text is worth: the sentence for each outcome stands in the page.
  const check = async (text) => {
    const typed = text.trim();
    if (/\/v\/[0-9A-Za-z]{26}$/.test(typed)) return { outcome: "online" };
    const line = typed.slice(typed.lastIndexOf("#") + 1).replace(/\s/g, "").toUpperCase();
    const data = unpack(line);
    if (!data || data.length <= HEAD + SIGNATURE || data[0] !== 1) return { outcome: "none" };
    const body = data.subarray(0, -SIGNATURE);
    const spki = keys[hex(data.subarray(...KEY))];
    if (!spki) return { outcome: "key" };
    if (!globalThis.crypto?.subtle) return { outcome: "browser" };
    const raw = Uint8Array.from(atob(spki), (character) => character.charCodeAt(0));
    const key = await crypto.subtle.importKey("spki", raw, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    if (!await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, data.subarray(-SIGNATURE), body)) return { outcome: "broken" };
    const [kind, number, name, id, issued, conclusion] = new TextDecoder().decode(body.subarray(HEAD)).split("\n");
    const code = codeOf(data.subarray(...CODE));
    const [, year, month, day, time] = issued.match(/^(\d+)-(\d+)-(\d+)T(\d+:\d+)/) || [];
    const when = year ? `${year}年${+month}月${+day}日 ${time}` : issued;
    return { outcome: "good", code, facts: { title: titles[kind] || kind, number, name, id, issued: when, conclusion, print: hex(data.subarray(...PRINT)) } };
  };
  const show = async (text) => {
    let found;
    try { found = await check(text); } catch { found = { outcome: "none" }; }
    document.querySelectorAll("[data-outcome]").forEach((each) => { each.hidden = each.dataset.outcome !== found.outcome; });
    for (const [name, value] of Object.entries(found.facts || {})) part(`fact="${name}"`).textContent = value;
    part("facts").hidden = !found.facts;
    if (found.code) part("online").href = `/v/${found.code}`;
    const verdict = document.querySelector("[data-outcome]:not([hidden])");
    verdict.scrollIntoView({ block: "center" });
    verdict.querySelector("h2").focus();
    return found.outcome;
  };

  // Reading a code: by the browser where it can, by the library that came with the page where it cannot.
  const reader = async () => {
    try {
      if ((await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
        const detector = new BarcodeDetector({ formats: ["qr_code"] });
        return async (source) => (await detector.detect(source)).map((code) => code.rawValue);
      }
    } catch { /* a browser without one */ }
    return async (source, width, height) => {
      const scale = Math.min(1, SIDE / Math.max(width, height));
      const canvas = Object.assign(document.createElement("canvas"), { width: width * scale, height: height * scale });
      const pen = canvas.getContext("2d", { willReadFrequently: true }), texts = [];
      pen.drawImage(source, 0, 0, canvas.width, canvas.height);
      // The library sees one code at a time: what it has read is painted over.
      for (let turn = 0; turn < 2; turn++) {
        const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
        const code = jsQR(data, canvas.width, canvas.height);
        if (!code) break;
        texts.push(code.data);
        const { topLeftCorner: a, topRightCorner: b, bottomRightCorner: c, bottomLeftCorner: d } = code.location;
        pen.fillStyle = "#fff"; pen.beginPath();
        [a, b, c, d].forEach((point) => pen.lineTo(point.x, point.y));
        pen.fill();
      }
      return texts;
    };
  };
  const best = (texts) => texts.find((text) => text.includes("#")) || texts[0];

  const stop = () => {
    camera?.getTracks().forEach((track) => track.stop());
    camera = null;
    Object.assign(part("video"), { srcObject: null, hidden: true });
    part("start").hidden = false;
    part("stop").hidden = true;
  };
  const start = async () => {
    const video = part("video");
    try {
      camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } }, audio: false });
    } catch { say("没有得到摄像头。请在浏览器设置中允许，或选择一张照片"); return; }
    const mine = camera;
    Object.assign(video, { srcObject: mine, hidden: false });
    part("start").hidden = true;
    part("stop").hidden = false;
    say("请将右边较密的二维码放满画面");
    await video.play();
    const read = await reader();
    while (camera === mine) {
      const text = video.videoWidth ? best(await read(video, video.videoWidth, video.videoHeight)) : "";
      if (text && camera === mine && await show(text) !== "online") { stop(); say(""); return; }
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    }
  };
  const photo = async (file) => {
    say("正在识别");
    try {
      const picture = await createImageBitmap(file);
      const text = best(await (await reader())(picture, picture.width, picture.height));
      say(text ? "" : "照片里没有找到二维码，请靠近、对准右边较密的二维码再拍一张");
      if (text) await show(text);
    } catch { say("这张照片打不开，请换一张"); }
  };

  part("start").addEventListener("click", start);
  part("stop").addEventListener("click", stop);
  part("photo").addEventListener("change", (event) => { if (event.target.files[0]) photo(event.target.files[0]); });
  part("form").addEventListener("submit", (event) => { event.preventDefault(); show(part("text").value); });
  addEventListener("pagehide", stop);
  const fromAddress = () => {
    if (location.hash.length < 100) return;
    const text = location.hash;
    // A name stands in it: not for the history of this browser.
    history.replaceState(null, "", location.pathname);
    show(text);
  };
  addEventListener("hashchange", fromAddress);
  fromAddress();

  // Keep this page and what it needs, so that it opens without a network. Fetched without cookies: it names nobody.
  const keep = async () => {
    const kept = await caches.open("offline-check");
    const needed = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], header img")];
    const addresses = [location.pathname, box.dataset.icons, ...needed.map((each) => each.href || each.src)];
    await Promise.all(addresses.map(async (address) => kept.put(address, await fetch(address, { credentials: "omit" }))));
    await navigator.serviceWorker.register("/verify/offline-worker.js", { scope: "/verify/offline" });
    await navigator.serviceWorker.ready;
    part("kept").hidden = false;
  };
  if (navigator.onLine && "serviceWorker" in navigator && "caches" in globalThis) keep().catch(() => {});
})();
