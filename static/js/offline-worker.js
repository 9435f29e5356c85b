// Gives the page of the offline check from what it kept, when there is no network or one that does not answer; nothing
// else goes through it.
"use strict";
const PATIENCE = 4000; // milliseconds
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event, page = request.mode === "navigate";
  if (request.method !== "GET") return;
  const kept = async () => (await caches.open("offline-check")).match(page ? "/verify/offline" : request);
  const late = () => new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
  const answer = async () => {
    const asked = fetch(request), here = await kept();
    if (!here) return asked;
    // What it is raced with may fail later; that is no fault of the page.
    asked.catch(() => {});
    return Promise.race([asked.catch(() => here), late().then(() => here)]);
  };
  event.respondWith(answer());
});
