// Checks the signed line of a proof's second QR code in the browser, with the keys the page brought along: nothing is
// sent, and no network is needed once the page is here. Loaded by the page that has [data-keys].
"use strict";
(() => {
  const SIGNATURE = 64, MOST = 4000; // bytes; characters; the fields as in domain/proof_token.py, by version
  const FORMS = {
    1: { head: 29, key: [1, 5], code: [5, 21], print: [21, 29] },
    2: { head: 30, key: [1, 3], code: [3, 19], print: [19, 25], kind: 25, second: 26, utf8: 0x80 },
  };
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  const SHORT = 400, LONG = 6000, PAUSE = 60, HINT = 8000; // milliseconds: a frame, a photo, between frames, until advice
  const PAGE = "/verify/offline"; // papers name it by a shorter address
  const box = document.querySelector("[data-keys]");
  if (!box) return;
  const { keys, titles, kinds, phrases } = Object.fromEntries(["keys", "titles", "kinds", "phrases"].map((name) => [name, JSON.parse(box.dataset[name])]));
  const part = (name) => document.querySelector(`[data-offline-${name}]`);
  const say = (text) => { part("status").textContent = text; };
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  let camera = null, asked = 0;

  // The bytes of a line: one number in decimal digits or, on papers before it, base 32.
  const unpack = (line) => {
    if (/^[0-9]+$/.test(line)) {
      const number = BigInt(line).toString(16), pairs = number.padStart(number.length + (number.length % 2), "0");
      return Uint8Array.from(pairs.match(/../g), (pair) => parseInt(pair, 16));
    }
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
  const dayOf = (issued) => {
    const [, year, month, day, time] = issued.match(/^(\d+)-(\d+)-(\d+)T(\d+:\d+)/) || [];
    return year ? `${year}年${+month}月${+day}日 ${time}` : issued;
  };
  const factsOf = (data, form) => {
    const text = data.subarray(form.head, -SIGNATURE);
    if (!form.kind) {
      const [kind, number, name, id, issued, conclusion] = new TextDecoder().decode(text).split("\n");
      return { kind, number, name, id, issued: dayOf(issued), conclusion };
    }
    const kind = data[form.kind], packed = new TextDecoder(kind & form.utf8 ? "utf-8" : "gb18030").decode(text);
    const [number, name, id, conclusion] = packed.split("\n").map((field) => field.replace(/[\x01-\x1f]/g, (control) => phrases[control] || ""));
    const second = new DataView(data.buffer, data.byteOffset).getUint32(form.second), china = new Date((second + 8 * 3600) * 1000);
    return { kind: kinds[(kind & ~form.utf8) - 1], number, name, id, issued: dayOf(china.toISOString()), conclusion };
  };
  const signed = async (data, spki) => {
    const raw = Uint8Array.from(atob(spki), (character) => character.charCodeAt(0));
    const key = await crypto.subtle.importKey("spki", raw, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, data.subarray(-SIGNATURE), data.subarray(0, -SIGNATURE));
  };

  // What the text is worth: the sentence for each outcome stands in the page.
  const check = async (text) => {
    const typed = text.trim();
    if (/\/v\/[0-9A-Za-z]{26}$/.test(typed)) return { outcome: "online" };
    const line = typed.slice(typed.lastIndexOf("#") + 1).replace(/\s/g, "").toUpperCase();
    const data = line.length < MOST ? unpack(line) : null, form = data && FORMS[data[0]];
    if (!form || data.length <= form.head + SIGNATURE) return { outcome: "none" };
    const named = hex(data.subarray(...form.key)), candidates = Object.keys(keys).filter((name) => name.startsWith(named));
    if (!candidates.length) return { outcome: "key" };
    if (!globalThis.crypto || !crypto.subtle) return { outcome: "browser" };
    const found = await Promise.all(candidates.map((name) => signed(data, keys[name])));
    if (!found.includes(true)) return { outcome: "broken" };
    const { kind, ...facts } = factsOf(data, form);
    return { outcome: "good", code: codeOf(data.subarray(...form.code)), facts: { title: titles[kind] || kind, print: hex(data.subarray(...form.print)), ...facts } };
  };
  // Nothing that was said of another paper stays while a new one is looked at.
  const begin = (text) => {
    asked += 1;
    document.querySelectorAll("[data-outcome]").forEach((each) => { each.hidden = true; });
    part("facts").hidden = true;
    document.querySelectorAll("[data-offline-fact]").forEach((each) => { each.textContent = ""; });
    part("online").href = "/verify";
    say(text);
    return asked;
  };
  const tell = ({ outcome, code, facts }) => {
    for (const [name, value] of Object.entries(facts || {})) part(`fact="${name}"`).textContent = value;
    part("facts").hidden = !facts;
    if (code) part("online").href = `/v/${code}`;
    say("");
    const verdict = document.querySelector(`[data-outcome="${outcome}"]`);
    verdict.hidden = false;
    verdict.scrollIntoView({ block: "center" });
    verdict.querySelector("h2").focus();
  };
  const show = async (text) => {
    const mine = begin("正在核对签名");
    let found;
    try { found = await check(text); } catch { found = { outcome: "none" }; }
    if (mine === asked) tell(found);
    return found.outcome;
  };

  const stop = () => {
    if (camera) camera.getTracks().forEach((track) => track.stop());
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
    const mine = camera, since = Date.now();
    Object.assign(video, { srcObject: mine, hidden: false });
    part("start").hidden = true;
    part("stop").hidden = false;
    begin("请将右边较密的二维码放满画面");
    await video.play();
    while (camera === mine) {
      const texts = video.videoWidth ? await codes.read(video, video.videoWidth, video.videoHeight, { budget: SHORT, wanted: "#" }) : [];
      if (camera !== mine) return;
      if (!texts) { stop(); tell({ outcome: "reader" }); return; }
      if (texts.length && texts[0].includes("#")) { stop(); await show(texts[0]); return; }
      if (texts.length) say("看到的不是离线核验的二维码，请对准证明上右边较密的那一个");
      else if (Date.now() - since > HINT) say("还没有认出来：请把纸铺平，放在亮处，让右边的二维码占满画面的大半，拿稳等一秒；擦一下镜头也有用");
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    }
  };
  const photo = async (file) => {
    stop();
    const mine = begin("正在识别照片中的二维码，请稍候");
    let picture;
    try { picture = await createImageBitmap(file); } catch { if (mine === asked) tell({ outcome: "photo" }); return; }
    const texts = await codes.read(picture, picture.width, picture.height, { budget: LONG, wanted: "#" });
    picture.close();
    if (mine !== asked) return;
    if (texts && texts.length) await show(texts[0]);
    else tell({ outcome: texts ? "unread" : "reader" });
  };

  part("start").addEventListener("click", start);
  part("stop").addEventListener("click", stop);
  part("photo").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    target.value = ""; // so that the same photo may be chosen again
    if (file) photo(file);
  });
  part("form").addEventListener("submit", (event) => { event.preventDefault(); stop(); show(part("text").value); });
  addEventListener("pagehide", stop);
  const fromAddress = () => {
    if (location.hash.length < 100) return;
    const text = location.hash;
    // A name stands in it: not for the history of this browser.
    history.replaceState(null, "", PAGE);
    show(text);
  };
  addEventListener("hashchange", fromAddress);
  fromAddress();

  // Keep this page and what it needs, so that it opens without a network. Fetched without cookies: it names nobody.
  const keep = async () => {
    const kept = await caches.open("offline-check");
    const needed = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], header img")];
    const addresses = [PAGE, box.dataset.icons, ...codes.needs, ...needed.map((each) => each.href || each.src)];
    await Promise.all(addresses.map(async (address) => kept.put(address, await fetch(address, { credentials: "omit" }))));
    const wanted = new Set(addresses.map((address) => new URL(address, location).href));
    for (const { url } of await kept.keys()) if (!wanted.has(url)) await kept.delete(url); // of an earlier version
    await navigator.serviceWorker.register("/verify/offline-worker.js", { scope: "/verify/o" });
    await navigator.serviceWorker.ready;
    part("kept").hidden = false;
  };
  if (navigator.onLine && "serviceWorker" in navigator && "caches" in globalThis) keep().catch(() => {});
})();
