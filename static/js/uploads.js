// Large videos in pieces (tus 1.0): with progress, pause and resume; a page that was closed goes on where it stopped
// when the same file is chosen again. Loaded by pages that have [data-uploads].
"use strict";
(() => {
  const LEAST = 1024 * 1024, MOST = 8 * LEAST; // a server keeps whole megabytes
  const active = new Set();
  const wait = (ms, item) => new Promise((resolve) => { item.wake = resolve; setTimeout(resolve, ms); });
  const say = (item, text) => { if (item.status.textContent !== text) item.status.textContent = text; };
  const megabytes = (bytes) => `${(bytes / LEAST).toFixed(1)} MB`;

  // What was begun is remembered by what is known of the file without reading it.
  const key = (box, file) => `upload ${box.dataset.uploads} ${file.name} ${file.size} ${file.lastModified}`;
  const memory = { get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { value === null ? localStorage.removeItem(name) : localStorage.setItem(name, value); } catch { /* a private window */ } } };

  const request = (item, method, address, headers = {}, body = null, progress = null) => new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    item.xhr = xhr;
    xhr.open(method, address);
    xhr.timeout = 120000;
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    for (const [name, value] of Object.entries({ "Tus-Resumable": "1.0.0", "X-CSRFToken": token, Accept: "application/json", ...headers })) xhr.setRequestHeader(name, value);
    if (progress) xhr.upload.addEventListener("progress", (event) => progress(event.loaded));
    xhr.addEventListener("load", () => resolve(xhr));
    for (const name of ["error", "abort", "timeout"]) xhr.addEventListener(name, () => reject(new Error(name)));
    xhr.send(body);
  });
  const told = (xhr) => {
    try { return JSON.parse(xhr.responseText).message; } catch { /* a page */ }
    return new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("main .lead, #message p")?.textContent || `上传没有成功（${xhr.status}）`;
  };
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

  const draw = (item, bytes) => {
    const percent = Math.floor((100 * bytes) / item.file.size);
    item.bar.value = percent;
    item.figures.textContent = `${percent}%（${megabytes(bytes)} / ${megabytes(item.file.size)}）`;
    say(item, `已上传 ${percent - (percent % 10)}%`); // spoken once for each tenth
  };

  // One step: begin, ask how much is there, or send a piece. True when there is more to do.
  const step = async (item) => {
    if (!item.address) {
      const made = await request(item, "POST", item.box.dataset.uploads, { "Upload-Length": String(item.file.size),
        "Upload-Metadata": `filename ${base64(item.file.name)},session ${base64(item.session)}` });
      if (made.status !== 201) return fail(item, made);
      item.address = made.getResponseHeader("Location");
      item.offset = 0;
      memory.set(item.key, item.address);
      return true;
    }
    if (item.offset === null) {
      const known = await request(item, "GET", item.address);
      if (known.status === 404) { memory.set(item.key, null); item.address = null; return true; } // swept away: from the start
      if (known.status !== 200) return fail(item, known);
      const { state, message } = JSON.parse(known.responseText);
      if (state === "kept") return finish(item);
      if (state === "failed") { memory.set(item.key, null); return stop(item, message); }
      if (state === "checking") { say(item, "已上传，正在检查文件…"); await wait(1500, item); return true; }
      item.offset = Number(known.getResponseHeader("Upload-Offset"));
      draw(item, item.offset);
      return true;
    }
    const begun = performance.now(), from = item.offset;
    const sent = await request(item, "PATCH", item.address, { "Upload-Offset": String(from), "Content-Type": "application/offset+octet-stream" },
      item.file.slice(from, from + item.piece), (loaded) => draw(item, Math.min(from + loaded, item.file.size)));
    if (sent.status !== 204) { item.offset = null; return fail(item, sent); }
    // Pieces of a few seconds: no request is long, and little is lost with the line.
    const seconds = (performance.now() - begun) / 1000;
    item.piece = Math.min(MOST, Math.max(LEAST, seconds > 6 ? item.piece / 2 : seconds < 2 ? item.piece * 2 : item.piece));
    item.piece -= item.piece % LEAST;
    item.offset = Number(sent.getResponseHeader("Upload-Offset"));
    item.tries = 0;
    draw(item, item.offset);
    if (item.offset === item.file.size) item.offset = null; // from now on: what has become of it?
    return true;
  };
  const fail = (item, xhr) => {
    if (xhr.status === 401) return stop(item, "登录已失效。请重新登录后再次选择这个文件，会从断开处继续。");
    if ([409, 423, 429, 500, 502, 503, 504, 507].includes(xhr.status)) throw new Error(told(xhr));
    memory.set(item.key, null);
    return stop(item, told(xhr));
  };
  const stop = (item, text) => { say(item, text); item.row.classList.add("tone-danger"); show(item, null); return false; };
  const finish = (item) => {
    memory.set(item.key, null);
    draw(item, item.file.size);
    say(item, "已保存");
    show(item, null);
    item.done = true;
    return false;
  };

  const run = async (item) => {
    active.add(item);
    item.paused = false;
    show(item, "pause");
    for (let more = true; more && !item.paused;) {
      try { more = await step(item); }
      catch (error) {
        item.offset = null;
        if (item.paused) break;
        item.tries += 1;
        if (item.tries > 12) { item.paused = true; say(item, `${error.message.length > 8 ? error.message : "网络不通"}。已暂停，恢复后点击“继续”。`); break; }
        say(item, error.message.length > 8 ? `${error.message} 正在重试…` : "网络中断，正在重新连接…");
        await wait(Math.min(30000, 1000 * 2 ** item.tries), item);
      }
    }
    active.delete(item);
    if (item.paused) show(item, "resume");
    else if (!active.size && item.done && item.row.isConnected) location.reload(); // what was kept stands in the list below
  };

  const show = (item, which) => {
    item.pause.hidden = which !== "pause";
    item.resume.hidden = which !== "resume";
    item.cancel.hidden = which === null;
  };
  const button = (label, name, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-outline-secondary btn-sm", textContent: label });
    made.setAttribute("aria-label", `${label}：${name}`);
    made.addEventListener("click", act);
    return made;
  };
  const add = (box, file, session) => {
    const row = document.createElement("li"), head = document.createElement("p"), figures = document.createElement("span");
    const status = document.createElement("p"), bar = document.createElement("progress"), actions = document.createElement("div");
    head.append(Object.assign(document.createElement("strong"), { textContent: file.name }), " ", figures);
    figures.className = "muted";
    bar.max = 100; bar.value = 0; bar.setAttribute("aria-label", `上传进度：${file.name}`);
    status.setAttribute("role", "status");
    actions.className = "actions";
    const item = { box, file, session, row, figures, status, bar, tries: 0, piece: 2 * LEAST, key: key(box, file), offset: null };
    item.address = memory.get(item.key);
    item.pause = button("暂停", file.name, () => { item.paused = true; item.xhr?.abort(); item.wake?.(); say(item, "已暂停"); });
    item.resume = button("继续", file.name, () => { item.tries = 0; run(item); });
    item.cancel = button("取消", file.name, async () => {
      item.paused = true; item.xhr?.abort(); item.wake?.(); memory.set(item.key, null);
      if (item.address) await request(item, "DELETE", item.address).catch(() => {});
      active.delete(item); row.remove();
    });
    actions.append(item.pause, item.resume, item.cancel);
    row.append(head, bar, status, actions);
    box.querySelector("[data-upload-list]").append(row);
    for (const left of document.querySelectorAll("[data-upload-left]")) if (left.dataset.uploadLeft === item.address) left.hidden = true;
    const most = Number(box.dataset.most);
    if (!file.size || file.size > most) { stop(item, `视频是空的或超过 ${most / LEAST} MB，请压缩或分段后再上传`); return; }
    run(item);
  };

  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-uploads]");
    if (!box || event.target.type !== "file") return;
    for (const file of event.target.files) add(box, file, box.querySelector("select").value);
    event.target.value = "";
  });
  addEventListener("online", () => { for (const item of active) item.wake?.(); });
  addEventListener("beforeunload", (event) => { if (active.size) event.preventDefault(); });
  // A link within the site leaves the page too: what was sent is kept, the rest waits for the same file.
  document.addEventListener("htmx:beforeSwap", (event) => { if (event.detail.boosted) for (const item of active) { item.paused = true; item.xhr?.abort(); item.wake?.(); } });
})();
