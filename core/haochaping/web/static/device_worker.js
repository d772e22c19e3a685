/* Keeps the window screen openable while the line is down: the page itself as it was last
   seen, and the files it names by their digests. Ratings are none of its business. ES2018. */
"use strict";

const SHELF = "haochaping-device-1";
const PATIENCE = 4000;
const MOST_FILES = 40;
const SCREEN = /^\/device\/[0-9]+$/;

self.addEventListener("install", event => { event.waitUntil(self.skipWaiting()); });

self.addEventListener("activate", event => {
  event.waitUntil(caches.keys()
    .then(names => Promise.all(names.filter(name => name !== SHELF).map(name => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener("fetch", event => {
  const request = event.request;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate" && SCREEN.test(address.pathname)) {
    event.respondWith(screen(request, address.pathname));
  } else if (address.pathname.startsWith("/static/") && address.searchParams.has("v")) {
    event.respondWith(file(request));
  }
});

function patient(promise) {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("too slow")), PATIENCE);
    promise.then(resolve, reject);
  });
}

/* The network's page; the kept one when there is none, or when the server is in trouble. */
async function screen(request, path) {
  const shelf = await caches.open(SHELF);
  const kept = await shelf.match(path);
  let answer = null;
  try {
    answer = await (kept ? patient(fetch(request)) : fetch(request));
  } catch (error) {
    return kept || Response.error();
  }
  if (answer.status >= 500 && kept) return kept;
  if (answer.ok && answer.headers.get("X-Device-Shell") && !new URL(request.url).search) {
    await shelf.put(path, answer.clone());
  } else if (answer.ok && !answer.headers.get("X-Device-Shell")) {
    await shelf.delete(path);   // the key was revoked: the page asks for a new one
  }
  return answer;
}

async function file(request) {
  const shelf = await caches.open(SHELF);
  const kept = await shelf.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await shelf.put(request, answer.clone());
    await tidy(shelf);
  }
  return answer;
}

/* Files of older versions go; the newest stay. */
async function tidy(shelf) {
  const files = (await shelf.keys()).filter(one => new URL(one.url).pathname.startsWith("/static/"));
  await Promise.all(files.slice(0, Math.max(0, files.length - MOST_FILES)).map(one => shelf.delete(one)));
}
