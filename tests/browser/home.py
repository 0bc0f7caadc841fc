#!/usr/bin/env python3
"""Tests of the page at `/` in a real browser, against a running server that holds the sample questions.

    apt-get install chromium chromium-driver fonts-noto-cjk
    pip install -r requirements.txt
    likewise serve --demo &
    python home.py http://127.0.0.1:7171 [--screenshots DIR] [--api-key KEY] [--only WORD]

One line a test; the last line is `N passed, M failed`. The exit code is 1 where one failed.
"""

import argparse
import json
import sys
import tempfile
import threading
import traceback
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

QUESTION = "房东不退押金怎么办"
HOSTILE_ID = "browser/test 1?"
HOSTILE_TITLE = "<img src=x onerror=alert(1)>"
PATIENCE = 20
DEBOUNCE_MS = 200  # as in home.js
CHROMIUM_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900",
)
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome Safari/537.36"


# the server's side


class Api:
    def __init__(self, base, key):
        self.base, self.key = base, key

    def __call__(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
            return json.loads(text) if text else None


class Proxy:
    """Passes everything on to the server, except what `answer(method, path)` or `change(path, json)` says; where it is `gone` it hangs up."""

    def __init__(self, base):
        self.base = base
        self.answer = lambda method, path: None
        self.change = lambda path, document: None
        self.seen, self.done = [], []
        self.gone = False
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
                proxy.seen.append((self.command, self.path, body))
                answer = proxy.answer(self.command, self.path) or proxy.forward(self, body)
                try:
                    self.close_connection = proxy.gone or self.respond(*answer)
                except ConnectionError:
                    self.close_connection = True  # the page no longer wanted it
                proxy.done.append(body)

            def respond(self, status, headers, text):
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forward(self, handler, body):
        kept = {name: handler.headers[name] for name in ("Content-Type", "Accept") if handler.headers[name]}
        request = urllib.request.Request(self.base + handler.path, body, kept, method=handler.command)
        try:
            answer = urllib.request.urlopen(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            headers = {name: answer.headers[name] for name in ("Content-Type", "Content-Security-Policy") if answer.headers[name]}
            text = answer.read()
        if "json" in headers.get("Content-Type", ""):
            document = json.loads(text)
            self.change(handler.path, document)
            text = json.dumps(document).encode()
        return answer.status, headers, text

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def proxied(base):
    proxy = Proxy(base)
    try:
        yield proxy
    finally:
        proxy.close()


# the browser's side


class Page:
    def __init__(self, driver, base):
        self.driver, self.base = driver, base

    def speak(self, languages):
        self.driver.execute_cdp_cmd("Emulation.setUserAgentOverride", {"userAgent": AGENT, "acceptLanguage": languages})

    def look(self, width=1280, height=900, scheme="light"):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def reset(self):
        self.driver.get("about:blank")
        self.look()
        self.speak("zh-CN,zh")
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.base, "storageTypes": "all"})
        self.errors()

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
        return self.one(selector).get_property("textContent")

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def ids(self, place):
        return self.js("return [...document.querySelectorAll(arguments[0])].map((item) => item.dataset.id)", f"#{place} .item")

    def scores(self):
        return [float(text) for text in self.js(
            "return [...document.querySelectorAll('#related .value')].map((value) => value.textContent)")]

    def view(self):
        return self.one("body").get_dom_attribute("data-view")

    def settled(self):
        """Both lists stand and nothing is under way."""
        self.wait(lambda: self.ids("latest") and not self.all("[aria-busy]"), "the latest questions")

    def related(self, unlike=None):
        """The ids of the list, once there is one (other than `unlike`) and nothing is under way."""
        def drawn():
            ids = self.ids("related")
            return ids if ids and ids != unlike and self.view() == "list" and not self.all("[aria-busy]") else None
        return self.wait(drawn, "a list of related questions")

    def type(self, text):
        self.one("#q").send_keys(text)

    def ask(self, text):
        """Types a question; gives the ids of its list."""
        self.type(text)
        self.wait(lambda: self.parameters().get("q") == text, f"the question in the address: {text}")
        return self.related()

    def follow(self, place, nth=0):
        """Presses "related to this" on an item; gives its id and title."""
        item = self.wait(lambda: self.all(f"#{place} .item"), f"items in {place}")[nth]
        asked = item.get_dom_attribute("data-id"), item.find_element(By.CSS_SELECTOR, ".title").text
        button = item.find_element(By.CSS_SELECTOR, ".like")
        self.js("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        self.wait(lambda: asked[1] in self.text("#results-heading") and not self.all("[aria-busy]"), f"the list of {asked[0]}")
        return asked

    def round_trip(self):
        """Lets everything that has arrived at the page be handled."""
        self.driver.execute_async_script("fetch('/v1/status').then((a) => a.text()).then(() => setTimeout(arguments[0]))")

    def parameters(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.driver.current_url).query))

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def overflow(self):
        return self.js("return document.documentElement.scrollWidth - document.documentElement.clientWidth")


def problem(status, title, detail, **headers):
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return status, {"Content-Type": "application/problem+json", **headers}, json.dumps(body).encode()


def check(truth, message):
    if not truth:
        raise AssertionError(message)


def equal(found, expected, what):
    check(found == expected, f"{what}: expected {expected!r}, found {found!r}")


# the tests


def test_loads_without_console_errors(page, api):
    page.open()
    page.settled()
    page.ask(QUESTION)
    equal(page.errors(), [], "console errors")
    strangers = page.js("return performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !n.startsWith(location.origin))")
    equal(strangers, [], "addresses outside the server")
    equal(page.js("return document.querySelectorAll('[style]:not(.bar):not(#q), style, script:not([src])').length"), 0, "inline code or style")


def test_content_security_policy_is_sent(page, api):
    with urllib.request.urlopen(page.base + "/", timeout=PATIENCE) as answer:
        policy = answer.headers.get("Content-Security-Policy") or ""
    for part in ("default-src 'self'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        check(part in policy, f"the policy lacks {part}: {policy!r}")


def test_latest_is_shown(page, api):
    expected = api("GET", "/v1/questions/latest?limit=10")["items"]
    page.open()
    page.settled()
    equal(page.ids("latest"), [item["id"] for item in expected], "the latest questions")
    titles = page.js("return [...document.querySelectorAll('#latest .title')].map((title) => title.textContent)")
    equal(titles, [item["title"] for item in expected], "their titles")
    check(not page.one("#results").is_displayed(), "an empty list of results is shown")


def test_number_of_questions_is_shown(page, api):
    stored = api("GET", "/v1/status")["questions"]
    page.open()
    page.wait(lambda: f"{stored:,}" in page.text("#stored"), f"the number {stored:,}")


def test_typing_shows_related_with_descending_scores(page, api):
    page.open()
    page.settled()
    ids = page.ask(QUESTION)
    equal(len(ids), 20, "how many are listed")
    scores = page.scores()
    equal(scores, sorted(scores, reverse=True), "the order of the scores")
    expected = api("POST", "/v1/related", {"text": QUESTION, "limit": 20, "include": ["body"]})
    equal(ids, [item["id"] for item in expected["items"]], "the list")
    check("20" in page.text("#summary") and ("毫秒" in page.text("#summary")), "no word on how long it took")
    equal(page.parameters(), {"q": QUESTION}, "the address")
    check("20" in page.text("#live"), "nothing is announced")


def test_description_is_clamped_to_two_lines(page, api):
    page.open("/?q=" + urllib.parse.quote(QUESTION))
    page.related()
    lines = page.js("""return [...document.querySelectorAll('#related .text')].map((text) =>
        text.clientHeight / parseFloat(getComputedStyle(text).lineHeight))""")
    check(lines and max(lines) < 2.2, f"descriptions of {lines} lines")


def test_older_answer_never_overtakes(page, api):
    held = threading.Event()
    with proxied(page.base) as proxy:
        def hold_the_first(method, path):
            if path == "/v1/related" and sum(entry[1] == path for entry in proxy.seen) == 1:
                held.wait(PATIENCE)
        proxy.answer = hold_the_first
        page.open("/", proxy.url)
        page.settled()
        page.type("工伤")
        page.wait(lambda: any(entry[1] == "/v1/related" for entry in proxy.seen), "the first request")
        page.type("认定要多久")
        page.wait(lambda: page.parameters().get("q") == "工伤认定要多久", "the newer question in the address")
        ids = page.related()
        held.set()
        page.wait(lambda: any(body and json.loads(body)["text"] == "工伤" for body in proxy.done), "the older answer")
        page.round_trip()
        equal(page.ids("related"), ids, "the list after the older answer")
        expected = api("POST", "/v1/related", {"text": "工伤认定要多久", "limit": 20, "include": ["body"]})
        equal(ids, [item["id"] for item in expected["items"]], "the list of the newer question")


def test_half_written_pinyin_is_not_sent(page, api):
    with proxied(page.base) as proxy:
        page.open("/", proxy.url)
        page.settled()
        page.driver.execute_cdp_cmd("Input.imeSetComposition", {"text": "gong", "selectionStart": 4, "selectionEnd": 4})
        equal(page.one("#q").get_property("value"), "gong", "the field while composing")
        start = page.js("return performance.now()")
        page.wait(lambda: page.js("return performance.now()") > start + 3 * DEBOUNCE_MS, "the clock to pass the debounce")
        page.round_trip()
        page.driver.execute_cdp_cmd("Input.insertText", {"text": "工伤"})
        page.related()
        asked = [json.loads(body)["text"] for _, path, body in proxy.seen if path == "/v1/related"]
        equal(asked, ["工伤"], "what was asked")


def test_related_to_this(page, api):
    page.open("/?q=" + urllib.parse.quote(QUESTION))
    page.related()
    for place in ("related", "latest"):
        asked, title = page.follow(place, 1)
        ids = page.related()
        check(asked not in ids, f"{asked} is listed as related to itself")
        expected = api("GET", f"/v1/questions/{urllib.parse.quote(asked, safe='')}/related?limit=20&include=body")
        equal(ids, [item["id"] for item in expected["items"]], f"the list of {asked}")
        equal(page.parameters(), {"id": asked}, "the address")
        check(title in page.driver.title, "the title of the window does not name the question")
        equal(page.one("#q").get_property("value"), "", "the search field")
        equal(page.js("return document.activeElement.id"), "results-heading", "where the focus went")
        scores = page.scores()
        equal(scores, sorted(scores, reverse=True), "the order of the scores")


def test_back_and_forward(page, api):
    page.open()
    page.settled()
    first = page.ask(QUESTION)
    asked, _ = page.follow("related")
    second = page.related(unlike=first)
    page.driver.back()
    equal(page.related(unlike=second), first, "the list after going back")
    equal(page.one("#q").get_property("value"), QUESTION, "the search field after going back")
    page.driver.back()
    page.wait(lambda: page.view() == "idle", "the bare page after going back twice")
    equal(page.one("#q").get_property("value"), "", "the search field after going back twice")
    page.driver.forward()
    equal(page.related(), first, "the list after going forward")
    page.driver.forward()
    equal(page.related(unlike=first), second, "the list after going forward twice")
    equal(page.parameters(), {"id": asked}, "the address after going forward twice")


def test_deep_link_to_a_text(page, api):
    page.open("/?q=" + urllib.parse.quote(QUESTION))
    page.related()
    equal(page.one("#q").get_property("value"), QUESTION, "the search field")
    check(QUESTION in page.driver.title, "the title of the window does not name the question")


def test_deep_link_to_a_stored_question(page, api):
    question = api("GET", "/v1/questions/latest?limit=1")["items"][0]
    page.open("/?" + urllib.parse.urlencode({"id": question["id"]}))
    check(question["id"] not in page.related(), "the question is listed as related to itself")
    check(question["title"] in page.text("#results-heading"), "the heading does not name the question")


def test_unknown_id_is_an_error(page, api):
    page.open("/?id=no-such-question")
    notice = page.one("#related .notice")
    check(notice.is_displayed() and notice.find_element(By.TAG_NAME, "strong").text, "no error is shown")


def test_long_question_survives_a_reload(page, api):
    long = "我的房东一直不退押金该怎么办呢" * 130
    page.open()
    page.settled()
    page.driver.execute_cdp_cmd("Input.insertText", {"text": long})
    first = page.related()
    equal(page.parameters(), {}, "the address")
    page.driver.refresh()
    equal(page.related(), first, "the list after a reload")
    equal(page.one("#q").get_property("value"), long, "the search field after a reload")


def test_language_switch(page, api):
    page.speak("en-GB,en")
    page.open("/?q=" + urllib.parse.quote(QUESTION))
    page.related()
    equal(page.one("html").get_dom_attribute("lang"), "en", "the language of an English reader's page")
    equal(page.text("#latest-heading"), "Latest questions", "the heading")
    page.one("#switch").click()
    page.wait(lambda: page.text("#latest-heading") == "最新问题", "the Chinese heading")
    equal(page.one("html").get_dom_attribute("lang"), "zh-CN", "the language after the switch")
    check("与此相关" in page.text("#related .like"), "the list kept its English words")
    page.driver.refresh()
    page.related()
    equal(page.text("#latest-heading"), "最新问题", "the heading after a reload")


def test_chinese_reader_gets_chinese(page, api):
    page.speak("zh-TW,zh,en")
    page.open()
    page.settled()
    equal(page.one("html").get_dom_attribute("lang"), "zh-CN", "the language")


def test_filter_by_language(page, api):
    expected = api("POST", "/v1/related", {"text": QUESTION, "limit": 20, "include": ["body"], "filter": {"language": ["en"]}})
    page.open("/?q=" + urllib.parse.quote(QUESTION))
    every = page.related()
    page.wait(lambda: page.all("#languages [data-language='en']"), "the chip for English").pop().click()
    equal(page.related(unlike=every), [item["id"] for item in expected["items"]], "the English list")
    equal(page.parameters(), {"q": QUESTION, "language": "en"}, "the address")
    equal([chip.text for chip in page.all("#languages [aria-pressed=true]")], [page.one("#languages [data-language='en']").text], "the pressed chip")
    latest = api("GET", "/v1/questions/latest?limit=10&language=en")["items"]
    page.wait(lambda: page.ids("latest") == [item["id"] for item in latest], "the latest English questions")
    page.one("#languages [data-language='']").click()
    page.wait(lambda: page.ids("related") == every, "the list in all languages")


def test_filter_holds_for_a_stored_question(page, api):
    asked = api("GET", "/v1/questions/latest?limit=1&language=zh")["items"][0]["id"]
    expected = api("POST", "/v1/related", {"id": asked, "limit": 20, "include": ["body"], "filter": {"language": ["en"]}})
    page.open("/?" + urllib.parse.urlencode({"id": asked, "language": "en"}))
    equal(page.related(), [item["id"] for item in expected["items"]], "the English list of a Chinese question")


def test_clear_button(page, api):
    page.open("/?q=" + urllib.parse.quote(QUESTION))
    page.related()
    page.one("#clear").click()
    page.wait(lambda: page.view() == "idle", "the bare page")
    equal(page.parameters(), {}, "the address")
    equal(page.js("return document.activeElement.id"), "q", "where the focus went")
    check(not page.one("#clear").is_displayed(), "the button stays on an empty field")


def test_keyboard_only(page, api):
    page.open()
    page.settled()
    keys = lambda *pressed: webdriver.ActionChains(page.driver).send_keys(*pressed).perform()
    active = lambda property: page.js(f"return document.activeElement.{property}")
    equal(active("id"), "q", "the focus at first")
    keys(QUESTION, Keys.ENTER)
    page.wait(lambda: page.parameters().get("q") == QUESTION, "the question in the address")
    first = page.related()
    equal(page.one("#q").get_property("value"), QUESTION, "Enter left a mark in the field")
    for _ in range(60):
        keys(Keys.TAB)
        if "like" in active("className").split():
            break
    check("like" in active("className").split(), "Tab never reaches a button of the list")
    outline = page.js("const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)]")
    check(outline[0] != "none" and outline[1] >= 2, f"the focus is not visible: {outline}")
    keys(Keys.ENTER)
    page.related(unlike=first)
    equal(active("id"), "results-heading", "the focus on the new list")
    equal(page.parameters(), {"id": first[0]}, "the address")
    equal(page.js("return [...document.querySelectorAll('[tabindex]')].filter((e) => e.tabIndex > 0).length"), 0, "positive tabindex")


def test_names_for_screen_readers(page, api):
    page.open("/?q=" + urllib.parse.quote(QUESTION))
    page.related()
    page.wait(lambda: page.all("#languages button"), "the chips")
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    found = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if "role" in node and not node["ignored"]}
    roles = {role for role, _ in found}
    for role in ("main", "search", "complementary", "banner", "contentinfo", "heading", "list", "status"):
        check(role in roles, f"there is no {role}")
    nameless = [role for role, name in found if role in ("button", "link", "textbox", "searchbox") and not name.strip()]
    equal(nameless, [], "controls without a name")


def test_hostile_text_stays_text(page, api):
    path = "/v1/questions/" + urllib.parse.quote(HOSTILE_ID, safe="")
    api("PUT", path, {"title": HOSTILE_TITLE, "body": "<script>alert(2)</script>", "category": "<b>bold</b>", "language": "en"})
    try:
        page.open("/?" + urllib.parse.urlencode({"q": HOSTILE_TITLE}))
        check(HOSTILE_ID in page.related(), "the question is not found by its own title")
        titles = page.js("return [...document.querySelectorAll('.title')].map((title) => title.textContent)")
        check(HOSTILE_TITLE in titles, "the title is not shown as it was written")
        page.open("/?" + urllib.parse.urlencode({"id": HOSTILE_ID}))
        check(HOSTILE_ID not in page.related(), "the question is listed as related to itself")
        check(HOSTILE_TITLE in page.text("#results-heading"), "the heading does not name the question")
        equal(len(page.all("main img, main script, main b")), 0, "elements that came out of text")
        equal(page.errors(), [], "console errors")
    finally:
        api("DELETE", path)


def test_only_safe_addresses_are_links(page, api):
    urls = ["javascript:alert(1)", "//evil.example/", "/\\evil.example", "data:text/html,x", " https://a.example/", None,
            "/q/1", "https://example.org/q", "HTTP://example.org/", "ftp://example.org/"]
    with proxied(page.base) as proxy:
        def change(path, document):
            if "/latest" in path:
                for item, url in zip(document["items"], urls):
                    item["url"] = url
        proxy.change = change
        page.open("/", proxy.url)
        page.settled()
        links = page.js("return [...document.querySelectorAll('#latest .title')].map((title) => title.getAttribute('href'))")
        safe = {"/q/1": proxy.url + "/q/1", "https://example.org/q": "https://example.org/q", "HTTP://example.org/": "http://example.org/"}
        equal(links, [safe.get(url) for url in urls], "the links")


def test_narrow_screen_has_no_sideways_scrolling(page, api):
    page.look(390, 844)
    page.open()
    page.settled()
    page.wait(lambda: page.all("#languages button"), "the chips")
    equal(page.overflow(), 0, "pixels too wide, bare page")
    for path in ("/?q=" + urllib.parse.quote(QUESTION), "/?" + urllib.parse.urlencode({"id": page.ids("latest")[0]}), "/?q=" + "w" * 300):
        page.open(path)
        page.related()
        equal(page.overflow(), 0, f"pixels too wide, {path[:20]}")
    beside = page.js("""const [a, b] = ['#results', 'aside'].map((s) => document.querySelector(s).getBoundingClientRect());
        return b.top < a.bottom""")
    check(not beside, "on a phone the latest do not stand below")


def test_contrast_is_enough_in_light_and_dark(page, api):
    with proxied(page.base) as proxy:
        def change(path, document):
            if path == "/v1/related":
                document["query"]["truncated"] = True
                document["items"][0]["duplicate_probability"] = 0.9
        proxy.change = change
        for scheme in ("light", "dark"):
            page.look(scheme=scheme)
            page.open("/?q=" + urllib.parse.quote(QUESTION), proxy.url)
            page.related()
            page.wait(lambda: page.all("#languages button"), "the chips")
            weak = page.js(CONTRAST)
            equal(weak, [], f"text of too little contrast, {scheme}")
        equal(len(page.all(".chip.same")), 1, "chips for a likely duplicate")


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
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!own || !element.checkVisibility() || element.closest('.unseen')) continue;
  const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) weak.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
}
return [...weak];
"""


def test_truncated_question_is_noted(page, api):
    with proxied(page.base) as proxy:
        def change(path, document):
            if path == "/v1/related":
                document["query"]["truncated"] = True
        proxy.change = change
        page.open("/?q=" + urllib.parse.quote(QUESTION), proxy.url)
        page.related()
        check(page.one("#truncated").is_displayed(), "no note on a truncated question")
        proxy.change = lambda path, document: None
        page.one("#q").send_keys(Keys.ENTER)
        page.wait(lambda: not page.one("#truncated").is_displayed(), "the note to go")


def test_duplicates_of_an_item_can_be_opened(page, api):
    with proxied(page.base) as proxy:
        def change(path, document):
            if path == "/v1/related":
                document["items"][0]["duplicates"] = [{"id": "x", "title": "the very same"}]
        proxy.change = change
        page.open("/?q=" + urllib.parse.quote(QUESTION), proxy.url)
        page.related()
        page.one("#related details summary").click()
        page.wait(lambda: page.one("#related details .title").is_displayed(), "the duplicate")
        equal(page.text("#related details .title"), "the very same", "the duplicate")


def test_nothing_found(page, api):
    with proxied(page.base) as proxy:
        def change(path, document):
            if path == "/v1/related":
                document["items"] = []
        proxy.change = change
        page.open("/?q=" + urllib.parse.quote(QUESTION), proxy.url)
        check("没有找到" in page.one("#related .notice").text, "no word on an empty list")
        check("没有找到" in page.text("#live"), "an empty list is not announced")


def test_overloaded_server_is_asked_again(page, api):
    failures = iter([2, 1])
    with proxied(page.base) as proxy:
        def answer(method, path):
            wait = next(failures, None) if path == "/v1/related" else None
            return wait and problem(503, "Overloaded", "The queue is full.", **{"Retry-After": str(wait)})
        proxy.answer = answer
        page.open("/", proxy.url)
        page.settled()
        page.type(QUESTION)
        page.wait(lambda: "2 秒后自动重试" in page.text("#related"), "the word on a retry in 2 seconds")
        check("服务器正忙" in page.text("#live"), "a busy server is not announced")
        page.wait(lambda: "1 秒后自动重试" in page.text("#related"), "the countdown")
        equal(len(page.related()), 20, "the list after the retries")
        equal(sum(path == "/v1/related" for _, path, _ in proxy.seen), 3, "requests")
        equal(page.all("#related .notice"), [], "the note after the retries")


def test_error_of_the_server_is_shown(page, api):
    with proxied(page.base) as proxy:
        proxy.answer = lambda method, path: problem(422, "Too long", "`text` has <b>too</b> many characters.") if path == "/v1/related" else None
        page.open("/?q=" + urllib.parse.quote(QUESTION), proxy.url)
        notice = page.one("#related .notice")
        check("Too long" in notice.text and "`text` has <b>too</b> many characters." in notice.text, f"the error is not shown: {notice.text}")
        proxy.answer = lambda method, path: None
        page.one("#related .action").click()
        page.related()


def test_unreachable_server(page, api):
    with proxied(page.base) as proxy:
        page.open("/", proxy.url)
        page.settled()
        proxy.gone = True
        page.type(QUESTION)
        page.wait(lambda: "连接不上服务器" in page.text("#related"), "the word on an unreachable server")
        proxy.gone = False
        page.one("#related .action").click()
        equal(len(page.related()), 20, "the list once the server is back")


def test_without_javascript(page, api):
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.open()
        check("curl" in page.one("pre").text, "no word on the API")
        check(not page.one("#form").is_displayed(), "a search field that cannot work is shown")
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


# running them


def start_browser(folder, arguments):
    options = webdriver.ChromeOptions()
    options.binary_location = arguments.chromium
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(arguments.chromedriver))


def screenshots(page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        for name, width, height in (("desktop", 1280, 900), ("phone", 390, 844)):
            page.look(width, height, scheme)
            page.open()
            page.settled()
            page.driver.save_screenshot(str(folder / f"{name}-{scheme}-latest.png"))
            page.open("/?q=" + urllib.parse.quote(QUESTION))
            page.related()
            page.wait(lambda: page.all("#languages button"), "the chips")
            page.driver.save_screenshot(str(folder / f"{name}-{scheme}-related.png"))


def run(test, page, api):
    try:
        page.reset()
        test(page, api)
    except Exception as error:  # a test that breaks is a test that fails
        print(f"FAIL {test.__name__[5:]}: {str(error).strip() or type(error).__name__}", flush=True)
        if not isinstance(error, AssertionError):
            traceback.print_exc()
        return False
    print(f"ok   {test.__name__[5:]}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description="Tests of the page at / in a real browser.")
    parser.add_argument("base", help="where the server is, such as http://127.0.0.1:7171")
    parser.add_argument("--screenshots", type=Path, metavar="DIR", help="leave pictures of the page there")
    parser.add_argument("--api-key", help="a key that may write, where the server has keys")
    parser.add_argument("--only", default="", metavar="WORD", help="only the tests whose name holds it")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--chromedriver", default="/usr/bin/chromedriver")
    arguments = parser.parse_args()
    base = arguments.base.rstrip("/")
    tests = [test for name, test in globals().items() if name.startswith("test_") and arguments.only in name]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        driver = start_browser(folder, arguments)
        try:
            page = Page(driver, base)
            results = [run(test, page, Api(base, arguments.api_key)) for test in tests]
            if arguments.screenshots:
                page.reset()
                screenshots(page, arguments.screenshots)
        finally:
            driver.quit()
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
