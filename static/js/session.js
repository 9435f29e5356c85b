// Says in time that the session is about to end for want of use. What was typed stays on the page either way.
"use strict";
(() => {
  const WARNING = 120; // seconds before the end
  const dialog = document.createElement("dialog"), words = document.createElement("p"), row = document.createElement("div");
  const button = document.createElement("button"), link = document.createElement("a");
  dialog.id = "session-dialog";
  words.id = "session-words";
  words.setAttribute("role", "status");
  dialog.setAttribute("aria-labelledby", words.id);
  row.className = "actions";
  button.type = "button";
  button.className = "btn btn-primary";
  button.textContent = "继续使用";
  link.className = "btn btn-primary";
  link.textContent = "重新登录";
  row.append(button, link);
  dialog.append(words, row);

  let endsAt = 0;
  const restart = () => {
    const idle = Number(document.querySelector("[data-idle]")?.dataset.idle || 0);
    endsAt = idle ? Date.now() + idle * 1000 : 0;
    if (dialog.open) dialog.close();
  };
  const over = () => {
    words.textContent = "登录已超时。您填写的内容仍在本页：请先复制要保留的文字，再重新登录。";
    button.hidden = true;
    link.hidden = false;
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    endsAt = 0;
  };
  const look = () => {
    const left = Math.round((endsAt - Date.now()) / 1000);
    if (!endsAt || left > WARNING) return;
    if (!dialog.open) {
      document.body.append(dialog); // a boosted page has replaced what was there
      button.hidden = false;
      link.hidden = true;
      dialog.showModal();
    }
    if (left <= 0) over();
    // Spoken every half minute, not every second.
    else if (!words.textContent || left % 30 === 0 || left === WARNING) words.textContent = `您已有一段时间没有操作，约 ${Math.ceil(left / 60)} 分钟后将自动退出登录。要继续吗？`;
  };
  button.addEventListener("click", () => fetch("/session", { headers: { "HX-Request": "true" } }).then((answer) => { if (answer.ok) restart(); else over(); }, over));
  dialog.addEventListener("cancel", (event) => { if (endsAt) button.click(); else event.preventDefault(); });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) restart(); });
  setInterval(look, 1000);
  restart();
})();
