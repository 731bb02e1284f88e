// A headless Chromium, driven over the pipe of its DevTools protocol: https://chromedevtools.github.io/devtools-protocol/

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** How long anything may take, in milliseconds: a busy machine is slow. */
const PATIENCE = 180_000;

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe",
];

export class Browser {
  #process; #folder; #next = 1; #waiting = new Map(); #listeners = new Set(); #rest = "";

  constructor(program) {
    this.#folder = mkdtempSync(join(tmpdir(), "arrowipc-browser-"));
    this.#process = spawn(program, [...FLAGS, `--user-data-dir=${this.#folder}`], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.#process.stdio[4].setEncoding("utf8").on("data", (text) => this.#take(text));
    this.#process.on("error", (error) => this.#fail(error));
    this.#process.on("exit", (code) => this.#fail(new Error(`the browser ended with code ${code}`)));
  }

  #take(text) {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop();
    for (const message of messages.map((message) => JSON.parse(message))) {
      const waiting = this.#waiting.get(message.id);
      if (!waiting) {
        for (const listener of this.#listeners) listener(message);
        continue;
      }
      this.#waiting.delete(message.id);
      if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
      else waiting.resolve(message.result);
    }
  }

  #fail(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  send(method, params = {}, sessionId) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { method, resolve, reject });
      this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** Events of one page. */
  listen(listener) {
    this.#listeners.add(listener);
  }

  /** A new page of this size. */
  async page(width = 1400, height = 900) {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId);
    await page.start(width, height);
    return page;
  }

  async close() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.send("Browser.close").catch(() => this.#process.kill());
    await ended;
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Page {
  /** What went wrong in the page: exceptions, errors on the console, breaches of its security policy, and every request. */
  errors = []; requests = []; dialogs = 0;
  #browser; #session;

  constructor(browser, session) {
    this.#browser = browser;
    this.#session = session;
  }

  send(method, params) {
    return this.#browser.send(method, params, this.#session);
  }

  async start(width, height) {
    this.#browser.listen(({ method, params, sessionId }) => {
      if (sessionId !== this.#session) return;
      if (method === "Runtime.exceptionThrown") this.errors.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
      if (method === "Runtime.consoleAPICalled" && params.type === "error") this.errors.push(JSON.stringify(params.args));
      if (method === "Log.entryAdded" && params.entry.level === "error") this.errors.push(params.entry.text);
      if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
      if (method === "Page.javascriptDialogOpening") {
        this.dialogs++;
        this.send("Page.handleJavaScriptDialog", { accept: false });
      }
    });
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
    await this.size(width, height);
  }

  size(width, height) {
    return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  }

  /** Opens a report and waits until it can be used; milliseconds that took. */
  async open(file, hash = "") {
    const start = performance.now();
    await this.send("Page.navigate", { url: "about:blank" });
    await this.send("Page.navigate", { url: pathToFileURL(file).href + hash });
    await this.until(`document.documentElement.dataset.ready === "yes" || document.querySelector("#main .wait:not(#wait)")`);
    return performance.now() - start;
  }

  /** The value of an expression in the page. */
  async value(expression) {
    const { result, exceptionDetails } =
      await this.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true, userGesture: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  /** Waits until an expression is true. */
  async until(expression) {
    const end = Date.now() + PATIENCE;
    while (!(await this.value(`Boolean(${expression})`).catch(() => false))) {
      if (Date.now() > end) {
        const state = await this.value(`location.hash + "\\n" + document.body.innerText.slice(0, 500)`).catch(String);
        throw new Error(`never true: ${expression}\n${state}\n${this.errors.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Clicks in the middle of the first element of a selector, as a mouse does. */
  async click(selector) {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    await this.until(element);
    const { x, y } = await this.value(`(() => {
      const element = ${element};
      element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      const { x, y, width, height } = element.getClientRects()[0];
      return { x: x + width / 2, y: y + height / 2 };
    })()`);
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
    }
  }

  /** Presses a key, or types a text. */
  async press(key, code = key, windowsVirtualKeyCode = 0) {
    const text = key.length === 1 ? key : key === "Enter" ? "\r" : undefined;
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", key, code, windowsVirtualKeyCode, text });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", key, code, windowsVirtualKeyCode });
  }

  type(text) {
    return this.send("Input.insertText", { text });
  }

  media(features, media = "") {
    return this.send("Emulation.setEmulatedMedia", { media, features: Object.entries(features).map(([name, value]) => ({ name, value })) });
  }

  /** A picture of what is in sight, or of the first element of a selector; PNG or WebP, as the file's name says. */
  async picture(file, selector) {
    const format = file.endsWith(".webp") ? { format: "webp", quality: 85 } : { format: "png" };
    const clip = selector && await this.value(`(() => {
      const { x, y, width, height } = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect();
      return { x: x + scrollX, y: y + scrollY, width, height, scale: 1 };
    })()`);
    const { data } = await this.send("Page.captureScreenshot", { ...format, ...(clip && { clip, captureBeyondViewport: true }) });
    writeFileSync(file, Buffer.from(data, "base64"));
  }

  /** Prints the page, to nowhere. */
  print() {
    return this.send("Page.printToPDF", { printBackground: true });
  }
}
