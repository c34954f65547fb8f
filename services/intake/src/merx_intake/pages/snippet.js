/* Merx in a browser: what a shopper does, sent to the shop's intake. No dependencies.
 *
 *   <script src="https://intake.shop.example/snippet.js" data-key="merx_..." async></script>
 *   merx.identify("42");
 *   merx.track("view_item", { lines: [{ product_id: "1042" }] });
 *
 * Calls made before the script is there are kept where the page has
 *   window.merx = window.merx || []; merx.push(["track", "view_item", { lines: [...] }]);
 * Every event has an id of its own, so that one that is sent twice counts once. An event leaves the queue when it is
 * acknowledged; what a page could not send, the next one does.
 */
(function () {
  "use strict";

  var script = document.currentScript || {};
  var data = script.dataset || {};
  var ENDPOINT = data.endpoint || new URL("v1/events", script.src || location.href).href;
  var DELAY_MS = Number(data.delayMs || 20);
  var BATCH = 50;
  var LARGEST_BYTES = 60000; // what a browser still sends when the page goes: 64 KiB in all
  var QUEUE = 1000;
  var SESSION_MS = 30 * 60 * 1000;
  var FIRST_RETRY_MS = 1000;
  var LAST_RETRY_MS = 60000;
  var early = Array.isArray(window.merx) ? window.merx : [];

  var queue = [];
  var sending = false;
  var timer = 0;
  var retries = 0;
  var kept = false; // whether the queue is in the store as well
  var customer = null;

  function read(name) {
    try {
      return localStorage.getItem("merx." + name);
    } catch (refused) {
      return null;
    }
  }

  function write(name, value) {
    try {
      if (value === null) localStorage.removeItem("merx." + name);
      else localStorage.setItem("merx." + name, value);
    } catch (refused) {
      /* a private window, or a full store: the page goes on without */
    }
  }

  function newId() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.prototype.map.call(bytes, function (byte) { return (byte + 256).toString(16).slice(1); }).join("");
  }

  var anonymous = read("anonymous_id");
  if (!anonymous) write("anonymous_id", (anonymous = newId()));
  customer = read("customer_id");
  var session = null;

  /** The session of this moment: a new one after 30 minutes without an event, in whichever tab. */
  function sessionId() {
    var now = Date.now();
    var stored = (read("session") || "").split("|");
    var held = stored.length === 2 ? { id: stored[0], last: Number(stored[1]) } : session;
    session = { id: held && now - held.last < SESSION_MS ? held.id : newId(), last: now };
    write("session", session.id + "|" + now);
    return session.id;
  }

  function track(type, details) {
    var event = {
      message_id: newId(),
      type: type,
      time: new Date().toISOString(),
      anonymous_id: anonymous,
      session_id: sessionId()
    };
    if (customer) event.customer_id = customer;
    for (var name in details || {}) event[name] = details[name];
    queue.push(event);
    if (queue.length > QUEUE) queue.splice(0, queue.length - QUEUE);
    if (!retries) later(DELAY_MS);
    return event.message_id;
  }

  /** Who signed in; null when they sign out. */
  function identify(customerId) {
    customer = customerId === null || customerId === undefined ? null : String(customerId);
    write("customer_id", customer);
  }

  function later(milliseconds) {
    if (timer) return;
    timer = setTimeout(function () { timer = 0; flush(); }, milliseconds);
  }

  /** The first events of the queue that fit into one request. */
  function next() {
    var size = 0;
    var count = 0;
    while (count < queue.length && count < BATCH) {
      size += JSON.stringify(queue[count]).length * 2;
      if (count && size > LARGEST_BYTES) break;
      count += 1;
    }
    return queue.slice(0, count);
  }

  function flush() {
    if (sending || !queue.length) return;
    var batch = next();
    sending = true;
    send(batch).then(function (answer) {
      sending = false;
      if (answer.done) {
        acknowledged(batch);
        retries = 0;
        if (queue.length) later(0);
      } else {
        retries += 1;
        var wait = Math.min(FIRST_RETRY_MS * Math.pow(2, retries - 1), LAST_RETRY_MS);
        later(Math.max(answer.after, wait * (0.5 + Math.random() / 2)));
      }
    });
  }

  function acknowledged(batch) {
    var gone = {};
    batch.forEach(function (event) { gone[event.message_id] = true; });
    queue = queue.filter(function (event) { return !gone[event.message_id]; });
    if (kept) keep();
  }

  function keep() {
    kept = queue.length > 0;
    write("unsent", kept ? JSON.stringify(queue) : null);
  }

  /** Resolves to whether the batch needs no sending again: it was taken, or will never be. */
  function send(batch) {
    var headers = { "content-type": "application/json" };
    if (data.key) headers["x-api-key"] = data.key;
    var body = JSON.stringify({ events: batch });
    var request = { method: "POST", headers: headers, body: body, keepalive: true, credentials: "omit" };
    return fetch(ENDPOINT, request).then(function (answer) {
      var again = answer.status === 408 || answer.status === 429 || answer.status >= 500;
      if (!answer.ok && !again) console.warn("merx: the intake refused events with status " + answer.status);
      return { done: !again, after: Number(answer.headers.get("retry-after") || 0) * 1000 };
    }).catch(function () {
      return { done: false, after: 0 };
    });
  }

  /** The page goes: everything that is left is sent once more, and kept for the next page until it is acknowledged. */
  function leave() {
    if (!queue.length) return;
    keep();
    var batch = next();
    send(batch).then(function (answer) {
      if (answer.done) acknowledged(batch);
    });
  }

  function comeBack() {
    var unsent = read("unsent");
    write("unsent", null);
    try {
      queue = JSON.parse(unsent || "[]").concat(queue).slice(-QUEUE);
    } catch (damaged) {
      return;
    }
    if (queue.length) later(DELAY_MS);
  }

  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") leave();
  });
  window.addEventListener("online", function () { retries = 0; later(0); });

  window.merx = {
    track: track,
    identify: identify,
    flush: flush,
    push: function (call) { return window.merx[call[0]].apply(null, call.slice(1)); },
    anonymousId: anonymous
  };
  comeBack();
  early.forEach(window.merx.push);
})();
