"""What the browser tests share: servers, one that misbehaves between server and browser, a page, and the running of tests."""

import argparse
import http.client
import json
import os
import subprocess
import tempfile
import threading
import time
import traceback
import urllib.parse
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import axe_core_python
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 20
CHROMIUM_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900",
)
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome Safari/537.36"
DESKTOP, PHONE = (1280, 900), (390, 844)
LANGUAGES = {"zh": "zh-CN,zh", "en": "en-GB,en"}
# Headers of one connection, which are not passed on.
HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "accept-encoding")


def check(truth, message):
    if not truth:
        raise AssertionError(message)


def equal(found, expected, what):
    check(found == expected, f"{what}: expected {expected!r}, found {found!r}")


def quoted(text):
    return urllib.parse.quote(text, safe="")


# the server's side


def send(base, method, path, body=None, headers=None):
    """One request; a redirect is not followed. Gives status, headers and body."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def send_form(base, path, fields, **headers):
    """What a form sends; `Sec_Fetch_Site` is the header `Sec-Fetch-Site`."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    return send(base, "POST", path, urllib.parse.urlencode(fields), {**kind, **headers})


class Api:
    def __init__(self, base, key=None):
        self.base, self.key = base, key

    def __call__(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        status, _, text = send(self.base, method, path, None if body is None else json.dumps(body), headers)
        check(200 <= status < 300, f"{method} {path} answers {status}: {text.decode()}")
        return json.loads(text) if text else None

    def put(self, id, **fields):
        """Stores a question."""
        return self("PUT", f"/v1/questions/{quoted(id)}", fields)

    def related(self, **request):
        """The ids of a list as the pages ask for it."""
        return [item["id"] for item in self("POST", "/v1/related", {"limit": 20, **request})["items"]]


@contextmanager
def served(program, data, *flags, listen="127.0.0.1:0", **settings):
    """A server of its own; gives its address once it is ready."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LIKEWISE_")}
    set_here = {f"LIKEWISE_{name.upper()}": value for name, value in settings.items()}
    command = [program, "--data-dir", str(data), "serve", "--listen", listen, *flags]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**inherited, **set_here})
    limit = threading.Timer(6 * PATIENCE, server.kill)
    limit.start()
    said = []
    try:
        for line in server.stderr:
            said.append(line)
            if line.startswith("likewise is listening on "):
                break
        else:
            raise RuntimeError("the server did not start: " + "".join(said))
        limit.cancel()
        threading.Thread(target=server.stderr.read, daemon=True).start()  # a full pipe would stop it
        yield said[-1].split()[4]
    finally:
        limit.cancel()
        server.terminate()
        server.wait(2 * PATIENCE)


class Site:
    """A server of requests that `answer(handler, body)` answers with status, headers and body; `None` hangs up."""

    def __init__(self, answer):
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self):
                try:
                    super().handle()
                except ConnectionError:
                    pass  # the browser left

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
                try:
                    self.respond(answer(self, body))
                except ConnectionError:
                    self.close_connection = True  # the page no longer wanted it
                site.answered(body)

            def respond(self, answer):
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, text = answer
                self.send_response(status)
                for name, value in [*headers.items(), ("Content-Length", str(len(text)))]:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answered(self, body):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Proxy(Site):
    """Passes everything on to the server, except what `answer(method, path)` says; where it is `gone` it hangs up."""

    def __init__(self, base):
        self.base, self.gone = base, False
        self.answer = lambda method, path: None
        self.seen, self.done = [], []
        super().__init__(self.handle)

    def handle(self, handler, body):
        method, path = handler.command, handler.path
        self.seen.append((method, path, body))
        if self.gone:
            return None
        return self.answer(method, path) or self.forward(handler, body)

    def forward(self, handler, body):
        kept = {name: value for name, value in handler.headers.items() if name.lower() not in HOP}
        status, headers, text = send(self.base, handler.command, handler.path, body, kept)
        return status, {name: value for name, value in headers.items() if name.lower() not in HOP}, text

    def answered(self, body):
        self.done.append(body)

    def asked(self, path):
        """The bodies of the requests to a path: forms as dictionaries."""
        return [form(body) for _, seen, body in self.seen if seen == path]

    def is_done(self, **fields):
        """Whether a request whose form has these fields was answered."""
        return any(fields.items() <= form(body).items() for body in self.done)


def form(body):
    return dict(urllib.parse.parse_qsl((body or b"").decode()))


class Others(Site):
    """A site of other people, with one page."""

    def __init__(self):
        self.page = ""
        super().__init__(lambda handler, body: (200, {"Content-Type": "text/html; charset=utf-8"}, self.page.encode()))


def problem(status, title, detail, **headers):
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return status, {"Content-Type": "application/problem+json", **headers}, json.dumps(body).encode()


# the browser's side


class Page:
    def __init__(self, driver):
        self.driver, self.base = driver, None

    def speak(self, languages):
        self.driver.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": AGENT, "acceptLanguage": languages})

    def look(self, size=DESKTOP, scheme="light"):
        width, height = size
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def forget(self):
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})

    def reset(self):
        self.driver.get("about:blank")
        self.look()
        self.speak(LANGUAGES["zh"])
        self.forget()
        self.errors()

    @contextmanager
    def without_scripts(self):
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    def open(self, path="/", base=None):
        self.driver.get((base or self.base) + path)

    def wait(self, condition, why):
        ignored = (StaleElementReferenceException,)
        return WebDriverWait(self.driver, PATIENCE, 0.05, ignored).until(lambda _: condition(), f"waited in vain: {why}")

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.wait(lambda: next(iter(self.all(selector)), None), selector)

    def text(self, selector):
        return self.property(selector, "textContent")

    def texts(self, selector):
        return self.js("return [...document.querySelectorAll(arguments[0])].map((found) => found.textContent.trim())", selector)

    def value(self, selector):
        return self.property(selector, "value")

    def property(self, selector, name):
        """In one look: between two, the page may be another."""
        script = "const found = document.querySelector(arguments[0]); return found && [found[arguments[1]]]"
        return self.wait(lambda: self.js(script, selector, name), selector)[0]

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def ids(self, place):
        return self.js("return [...document.querySelectorAll(arguments[0])].map((item) => item.dataset.id)", f"{place} .item")

    def click(self, selector, nth=0):
        found = self.wait(lambda: self.all(selector)[nth:nth + 1], selector)[0]
        self.js("arguments[0].scrollIntoView({block: 'center'})", found)
        found.click()

    def press(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def empty(self, selector):
        """As one does by keyboard."""
        self.one(selector).send_keys(Keys.CONTROL + "a" + Keys.NULL + Keys.DELETE)

    def focused(self, property="id"):
        return self.js(f"return document.activeElement.{property}")

    def round_trip(self):
        """Lets everything that has arrived at the page be handled."""
        self.driver.execute_async_script("fetch('/healthz').then((a) => a.text()).then(() => setTimeout(arguments[0]))")

    def let_pass(self, milliseconds):
        """For what must not happen: waits by the page's own clock, so that its timers have run."""
        self.driver.execute_async_script("setTimeout(arguments[1], arguments[0])", milliseconds)

    def compose(self, text):
        """Writes by an input method, without an end."""
        self.driver.execute_cdp_cmd("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})

    def insert(self, text):
        """As from the clipboard, or as what an input method ends with."""
        self.wait(lambda: self.js("return document.activeElement !== document.body"), "a field that takes the text")
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})

    def path(self):
        return urllib.parse.urlsplit(self.driver.current_url).path

    def parameters(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.driver.current_url).query))

    def arrive(self, path):
        self.wait(lambda: self.path() == path, f"the page {path}, at {self.driver.current_url}")

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def strangers(self):
        """What was loaded from elsewhere."""
        names = self.js("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        return [name for name in names if not name.startswith(self.js("return location.origin") + "/")]

    def inline(self):
        """How much code and style stands in the page itself."""
        return self.js("""const handlers = (e) => [...e.attributes].some((a) => a.name.startsWith('on'));
            return document.querySelectorAll('[style]:not(#q), style, script:not([src])').length
                + [...document.querySelectorAll('*')].filter(handlers).length""")

    def overflow(self):
        return self.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def weak_contrast(self):
        return self.js(CONTRAST)

    def barriers(self):
        """What axe-core finds of impact serious or critical."""
        if not self.js("return 'axe' in window"):
            # Only to put the script in: the page itself keeps its policy.
            self.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
            self.js(AXE)
            self.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
        return self.driver.execute_async_script("""const done = arguments[arguments.length - 1];
            axe.run({ resultTypes: ['violations'] }).then(({ violations }) => done(violations
                .filter((found) => ['serious', 'critical'].includes(found.impact))
                .map((found) => `${found.id}: ${found.nodes.length}, such as ${found.nodes[0].html.slice(0, 120)}`)))""")


AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")

CONTRAST = """
const parts = (color) => color.match(/[\\d.]+/g).map(Number);
const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
  const v = c[i] / 255;
  return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
}, 0);
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const c = parts(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c;
  }
};
const weak = new Set();
for (const element of document.querySelectorAll('body *:not(svg *)')) {
  const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!own || !element.checkVisibility() || element.closest('.unseen')) continue;
  const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) weak.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
}
return [...weak];
"""


@contextmanager
def browser(arguments):
    """A page in a browser of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = arguments.chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={folder}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(arguments.chromedriver))
        driver.set_script_timeout(PATIENCE)
        try:
            yield Page(driver)
        finally:
            driver.quit()


# running them


def options(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="leave pictures of the pages there")
    parser.add_argument("--only", default="", metavar="WORD", help="only the tests whose name holds it")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--chromedriver", default="/usr/bin/chromedriver")
    return parser


def run(test, page, *given):
    name, started = test.__name__.removeprefix("test_"), time.monotonic()
    try:
        page.reset()
        test(page, *given)
    except Exception as error:  # a test that breaks is a test that fails
        print(f"FAIL {name}: {str(error).strip() or type(error).__name__}", flush=True)
        if not isinstance(error, AssertionError):
            traceback.print_exc()
        return False
    print(f"ok   {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return True


def run_all(module, word, page, *given):
    """Runs the tests of a module whose name holds a word; gives the exit code."""
    tests = [test for name, test in module.items() if name.startswith("test_") and word in name]
    results = [run(test, page, *given) for test in tests]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if results and all(results) else 1
