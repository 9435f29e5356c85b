// Gives the page of the offline check from what it kept, when there is no network; nothing else goes through it.
"use strict";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const kept = async () => (await caches.open("offline-check")).match(request, { ignoreSearch: request.mode === "navigate" });
  event.respondWith(fetch(request).catch(async (fault) => await kept() || Promise.reject(fault)));
});
