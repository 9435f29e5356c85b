// Check-in with the place of the telephone, when the person ticks the box: asked once, sent with the tap, kept nowhere
// here. Loaded by pages that have [data-place].
"use strict";
(() => {
  const say = (box, text) => { box.querySelector("[data-place-status]").textContent = text; };
  const fill = (box, values) => Object.entries(values).forEach(([name, value]) => { box.querySelector(`[name=${name}]`).value = value; });
  const NOTHING = { latitude: "", longitude: "", accuracy: "" };
  const refused = { 1: "没有允许使用位置，可以直接签到", 2: "手机没有给出位置，可以直接签到", 3: "等了太久没有得到位置，可以直接签到" };

  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-place]");
    if (!box) return;
    fill(box, NOTHING);
    if (!event.target.checked) { say(box, ""); return; }
    if (!navigator.geolocation) { say(box, "这个浏览器不能给出位置，可以直接签到"); return; }
    say(box, "正在取得位置，请允许；也可以不等，直接签到");
    navigator.geolocation.getCurrentPosition(({ coords: { latitude, longitude, accuracy } }) => {
      if (!event.target.checked) return;
      fill(box, { latitude, longitude, accuracy });
      say(box, `已得到位置（误差约 ${Math.round(accuracy)} 米），签到时一并发送`);
    }, ({ code }) => { event.target.checked = false; say(box, refused[code] || refused[2]); }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 });
  });
})();
