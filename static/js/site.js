// What the pages do beyond htmx and Bootstrap. Everything here is an addition: without it each page still works.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, scope = document) => scope.querySelectorAll(selector);

  // The theme, before the first paint. Paper is always light.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => { root.dataset.bsTheme = root.dataset.theme === "auto" ? (dark.matches ? "dark" : "light") : root.dataset.theme; };
  root.classList.remove("no-js"); paint();
  dark.addEventListener("change", paint);
  addEventListener("beforeprint", () => { root.dataset.bsTheme = "light"; });
  addEventListener("afterprint", paint);

  // Focus and announcement: htmx does neither after it has changed the page.
  const focus = (element) => { if (element) { if (element.tabIndex < 0) element.tabIndex = -1; element.focus(); } };
  const announce = (text) => setTimeout(() => { const region = document.getElementById("announcer"); if (region) region.textContent = text; }, 150);
  const messages = () => document.getElementById("messages");
  const say = (text) => {
    messages().innerHTML = '<div class="message tone-danger"><p></p></div>';
    messages().querySelector("p").textContent = text;
    messages().scrollIntoView({ block: "center" });
  };
  document.addEventListener("DOMContentLoaded", () => focus(document.querySelector("[data-focus]")));
  const heldFocus = new WeakMap(); // whether what an answer will replace had the focus, by request
  let waiting = null;
  document.addEventListener("htmx:afterSettle", (event) => {
    const { target, boosted, xhr } = event.detail;
    const piece = target.isConnected ? target : event.target; // an outerHTML swap has replaced its target
    clearTimeout(waiting); // one swap settles once for each element it brought
    waiting = setTimeout(() => {
      const wanted = (boosted ? document : piece).querySelector("[data-focus]");
      if (boosted) announce(`${document.title} ${messages()?.textContent.trim() || ""}`);
      if (target.id === "messages") target.scrollIntoView({ block: "center" });
      else if (wanted || boosted) focus(wanted || document.querySelector("h1"));
      else if (heldFocus.get(xhr) && document.activeElement === document.body) focus(piece.querySelector("h1, h2, h3") || piece);
      if (piece.dataset.announce) announce(piece.dataset.announce);
    }, 0);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target, xhr } = event.detail;
    heldFocus.set(xhr, target.contains(document.activeElement));
    target.ariaBusy = "true";
    if (elt.matches("[data-autosave]")) elt.textContent = "正在保存…";
  });

  // Answers htmx cannot or does not show: a file behind a link, a refusal, no answer.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { boosted, pathInfo, requestConfig, xhr } = event.detail;
    if (!boosted || requestConfig.verb !== "get" || ((xhr.status < 400 || xhr.status === 422) && /html/.test(xhr.getResponseHeader("Content-Type")))) return;
    event.preventDefault();
    location.assign(pathInfo.finalRequestPath);
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr, elt } = event.detail;
    if (elt.matches("[data-autosave]")) { elt.textContent = "未能自动保存，请点击“保存草稿”。"; return; }
    const answer = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("#message p, main .lead");
    say(answer?.textContent || `操作没有成功（${xhr.status}），请稍后再试。`);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.matches("[data-autosave]")) event.detail.elt.textContent = "网络不通，尚未保存。";
    else say("网络连接失败，您填写的内容仍在本页，请检查网络后再试。");
  });

  // A question before an act, in our own dialog.
  const ask = (question) => new Promise((resolve) => {
    const dialog = document.getElementById("confirm-dialog");
    dialog.querySelector("#confirm-text").textContent = question;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
  const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  const release = (form) => { delete form.dataset.sent; all(".is-busy", form).forEach((button) => button.classList.remove("is-busy")); };
  const clean = () => all("[data-dirty]").forEach((form) => delete form.dataset.dirty);
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    const question = button?.dataset.confirm || form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      stop(event);
      ask(question).then((yes) => { if (yes) { form.dataset.confirmed = "1"; form.requestSubmit(button); } });
      return;
    }
    delete form.dataset.confirmed;
    if (form.matches("[data-once]")) {
      if (form.dataset.sent) { stop(event); return; } // a second click while the first is on its way
      form.dataset.sent = "1";
      button?.classList.add("is-busy");
      setTimeout(release, 15000, form);
    }
    delete form.dataset.dirty;
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful, target } = event.detail;
    target.ariaBusy = null;
    if (elt.matches("[data-once]")) release(elt);
    if (elt.matches("[data-autosave]") && successful) delete elt.closest("form").dataset.dirty;
  });
  addEventListener("pageshow", () => all("[data-sent]").forEach(release));

  // Input that was not saved.
  document.addEventListener("input", (event) => { const form = event.target.closest("form[data-guard]"); if (form) form.dataset.dirty = "1"; });
  addEventListener("beforeunload", (event) => { if (document.querySelector("[data-dirty]")) event.preventDefault(); });
  document.addEventListener("htmx:confirm", (event) => {
    const { elt, question, issueRequest } = event.detail;
    const leaving = elt.matches("a") && document.querySelector("[data-dirty]");
    if (!question && !leaving) return;
    event.preventDefault();
    ask(question || "您填写的内容还没有保存，确定离开本页吗？").then((yes) => { if (yes) { clean(); issueRequest(true); } });
  });

  // Uploads: the bar of the form that is being sent.
  document.addEventListener("htmx:xhr:progress", (event) => {
    const box = event.target.querySelector?.("[data-upload-progress]"), { loaded, total, lengthComputable } = event.detail;
    if (!box || !lengthComputable || !total) return;
    const percent = Math.floor((100 * loaded) / total), text = box.querySelector("[data-upload-text]");
    Object.assign(box, { hidden: false }).querySelector("progress").value = percent;
    const words = percent === 100 ? "已上传，正在检查文件…" : `已上传 ${percent - (percent % 10)}%`;
    if (text.textContent !== words) text.textContent = words; // spoken once for each tenth
  });

  // A script that few pages need is named by the piece that needs it.
  const fetchScripts = () => all("[data-script]").forEach(({ dataset: { script } }) => {
    if (!document.querySelector(`script[src="${script}"]`)) document.head.append(Object.assign(document.createElement("script"), { src: script }));
  });
  document.addEventListener("DOMContentLoaded", fetchScripts);
  document.addEventListener("htmx:afterSettle", fetchScripts);

  // Small buttons.
  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = Object.assign(document.createElement("textarea"), { value: text }); // plain http in an office network
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  document.addEventListener("click", (event) => {
    all("details.header-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const button = event.target.closest("[data-copy], [data-show-password], [data-print], .error-summary a");
    if (!button) return;
    if (button.matches(".error-summary a")) {
      const field = document.getElementById(button.hash.slice(1));
      if (field) { event.preventDefault(); field.closest(".field")?.scrollIntoView(); field.focus({ preventScroll: true }); }
    } else if (button.matches("[data-print]")) print();
    else if (button.matches("[data-copy]")) copy(button.dataset.copy).then(() => { button.textContent = "已复制"; announce("已复制"); });
    else {
      const input = document.getElementById(button.dataset.showPassword), shown = input.type === "text";
      [input.type, button.textContent] = shown ? ["password", "显示密码"] : ["text", "隐藏密码"];
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector("details.header-menu[open]");
    if (menu && event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
  });
})();
