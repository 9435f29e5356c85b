// The camera of the page that scans people's codes. A browser that reads codes itself sends what it read; of others the
// server reads small pictures, one at a time. Loaded by pages that have [data-scan].
"use strict";
(() => {
  const SIDE = 800, PAUSE = 400, AGAIN = 8000, IDLE = 5 * 60 * 1000; // pixels, milliseconds
  const done = { number: "", at: 0 }; // who was checked in last
  let run = null;

  const part = (box, name) => box.querySelector(`[data-scan-${name}]`);
  const say = (box, text) => { part(box, "status").textContent = text; };
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

  const stop = (text = "") => {
    if (!run) return;
    const { box, stream, video } = run;
    run = null;
    stream.getTracks().forEach((track) => track.stop());
    Object.assign(video, { srcObject: null, hidden: true });
    part(box, "start").hidden = false;
    part(box, "stop").hidden = true;
    say(box, text);
  };

  const detector = async () => {
    try {
      return (await BarcodeDetector.getSupportedFormats()).includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
    } catch { return null; } // a browser without one
  };
  const photo = (video) => new Promise((resolve) => {
    const scale = Math.min(1, SIDE / Math.max(video.videoWidth, video.videoHeight));
    const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth * scale, height: video.videoHeight * scale });
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(resolve, "image/jpeg", 0.8);
  });

  const send = async (box, name, value) => {
    const body = new FormData();
    body.append(name, value, ...(value instanceof Blob ? ["code.jpg"] : []));
    const headers = { ...JSON.parse(document.body.getAttribute("hx-headers") || "{}"), "HX-Request": "true" };
    const answer = await fetch(box.dataset.scan, { method: "POST", body, headers });
    if (answer.status === 204) return false;
    if (answer.status !== 200 && answer.status !== 422) throw new Error(String(answer.status));
    const piece = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("scanned");
    const { number } = piece.dataset;
    // Whoever was just checked in is still before the camera: that is no news.
    if (!answer.ok && number && number === done.number && Date.now() - done.at < AGAIN) return true;
    if (answer.ok) Object.assign(done, { number, at: Date.now() });
    document.getElementById("scanned").replaceChildren(...piece.childNodes);
    navigator.vibrate?.(answer.ok ? 80 : [60, 60, 60]);
    return true;
  };

  const read = async (mine, reader, seen) => {
    if (!reader) return send(mine.box, "photo", await photo(mine.video));
    const text = (await reader.detect(mine.video))[0]?.rawValue;
    // The same code stays before the camera for a while.
    if (!text || (seen.text === text && Date.now() - seen.at < AGAIN)) return false;
    Object.assign(seen, { text, at: Date.now() });
    return send(mine.box, "text", text);
  };
  const look = async (mine, reader) => {
    const seen = { text: "", at: 0 };
    let last = Date.now();
    while (run === mine && mine.video.isConnected) {
      try {
        if (mine.video.videoWidth && await read(mine, reader, seen)) {
          last = Date.now();
          if (!reader) await wait(2000); // time to take the telephone away
        }
        say(mine.box, "正在识别，请对准签到码");
      } catch { say(mine.box, "网络不通或页面已过期，请稍候或刷新本页"); await wait(2000); }
      if (Date.now() - last > IDLE) return stop("五分钟没有扫到签到码，摄像头已关闭");
      await wait(PAUSE);
    }
    if (run === mine) stop();
    return undefined;
  };

  const start = async (box) => {
    if (!navigator.mediaDevices?.getUserMedia) return say(box, "本页不能使用摄像头（网址须以 https 开头）。请在下面拍照，或在考勤页输入 8 位数字");
    say(box, "请允许使用摄像头");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      const video = box.querySelector("video");
      run = { box, stream, video };
      Object.assign(video, { srcObject: stream, hidden: false });
      part(box, "start").hidden = true;
      part(box, "stop").hidden = false;
      await video.play();
      return look(run, await detector());
    } catch { stop(); return say(box, "没有得到摄像头。请在浏览器设置中允许，或在下面拍照"); }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scan-start], [data-scan-stop]");
    if (!button) return;
    if (button.matches("[data-scan-start]")) start(button.closest("[data-scan]"));
    else stop();
  });
  addEventListener("pagehide", () => stop());
})();
