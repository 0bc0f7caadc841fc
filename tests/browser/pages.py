#!/usr/bin/env python3
"""Tests of all pages beside `/`, and of what other sites take in, in a real browser, against servers of their own.

    pip install -r requirements.txt
    python pages.py PATH/TO/likewise [--screenshots DIR] [--only WORD]

One line a test; the last line is `N passed, M failed`. The exit code is 1 where one failed.
"""

import json
import re
import shutil
import socket
import sys
import tempfile
import threading
import urllib.parse
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from support import (
    DESKTOP, LANGUAGES, PATIENCE, PHONE, Api, Others, Proxy, browser, check, equal, options, problem, quoted, run_all, send, send_form,
    served,
)

KEY = "0123456789abcdef"
DEBOUNCE_MS = 300  # as in compose.js and ask.js
DRAFT = "公司不给交社保，辞职能拿经济补偿吗"
HOSTILE = "</title></script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
HTML, JSON = {"Accept": "text/html"}, {"Accept": "application/json"}


# servers


class Servers:
    """One server with the sample questions, which tests don't change, and fresh ones for those that do."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.samples = folder / "samples"
        with served(program, self.samples, "--demo"):
            pass

    def copy(self):
        return shutil.copytree(self.samples, Path(tempfile.mkdtemp(dir=self.folder)), dirs_exist_ok=True)

    @contextmanager
    def fresh(self, page, samples=False, key=None, **settings):
        """A server that the page is at for the while; gives its API."""
        data = self.copy() if samples else Path(tempfile.mkdtemp(dir=self.folder))
        if key:
            settings["api_keys"] = f"{key}:write,a-key-that-reads-only:read"
        shared = page.base
        with served(self.program, data, **settings) as page.base:
            try:
                yield Api(page.base, key)
            finally:
                page.base = shared


def questions(api):
    return api("GET", "/v1/questions?limit=1000")["items"]


def title_of(api, id):
    return api("GET", f"/v1/questions/{quoted(id)}")["title"]


# a question


def listed(page, kind):
    return page.ids(f"section[aria-labelledby={kind}-heading]")


def test_question_page_shows_all_its_fields(page, servers):
    with servers.fresh(page) as api:
        fields = {"title": "房东不退押金怎么办", "body": "租期已满。\n\n房东说墙面有划痕。", "answer": "先书面催告，再起诉。", "author": "小王",
                  "category": "租房 & 住", "tags": ["押金", "租房"], "url": "https://example.org/q/1", "created_at": "2026-01-02T03:04:05Z"}
        api.put("a/1", **fields)
        page.open("/q/a%2F1")
        equal(page.text("h1"), fields["title"], "the title")
        check(fields["title"] in page.driver.title, "the title of the window does not name the question")
        equal(page.texts(".prose"), [fields["body"], fields["answer"]], "body and answer")
        for shown in ("小王", "租房 & 住", "押金", "租房", "2026-01-02", "中文"):
            check(shown in page.text("article .meta"), f"{shown} is not shown")
        equal(page.one("article .like").get_dom_attribute("href"), fields["url"], "the link to its own site")
        equal(page.one("link[rel=canonical]").get_property("href"), fields["url"], "the canonical address")
        check("租期已满" in page.one("meta[name=description]").get_dom_attribute("content"), "the description")
        equal(page.one("h1").get_dom_attribute("lang"), "zh", "the language of the question")
        equal(page.inline(), 0, "inline code or style")
        page.click("article a.chip", 1)
        page.wait(lambda: page.parameters() == {"category": "租房 & 住"}, "the questions of its category")


def test_question_without_answer_says_so(page, servers):
    with servers.fresh(page) as api:
        api.put("1", title="房东不退押金怎么办")
        page.open("/q/1")
        check("还没有回答" in page.text("article"), "no word on the missing answer")
        equal(page.all(".under"), [], "lists though nothing else is stored")


def test_machines_read_who_asked(page, servers):
    with servers.fresh(page) as api:
        api.put("1", title="房东不退押金怎么办", author="小王", answer="先催告。")
        page.open("/q/1")
        # As schema.org/QAPage has it.
        name = page.js("""const name = document.querySelector('[itemprop=author] [itemprop=name]');
            return name.getAttribute('content') ?? name.textContent""")
        equal(name, "小王", "the author's name")
        equal(page.one("[itemprop=answerCount]").get_dom_attribute("content"), "1", "the number of answers")


def test_related_list_equals_the_apis(page, servers):
    api = Api(page.base)
    for id in ("traffic-01-a", "family-05-b"):
        page.open(f"/q/{id}")
        items = api("GET", f"/v1/questions/{id}/related?limit=20&fill=latest")["items"]
        equal(listed(page, "related"), [item["id"] for item in items if item["kind"] == "related"], f"related to {id}")
        equal(listed(page, "latest"), [item["id"] for item in items if item["kind"] == "latest"], "the latest")
        scores = page.texts("[aria-labelledby=related-heading] .value")
        equal(scores, [f"{item['score']:.2f}" for item in items if item["kind"] == "related"], "the scores")


def test_listed_question_leads_to_its_page(page, servers):
    page.open("/q/traffic-01-a")
    first = listed(page, "related")[0]
    page.click(".under a.title")
    page.arrive(f"/q/{first}")
    equal(page.text("h1"), title_of(Api(page.base), first), "the heading")
    page.click("[aria-labelledby=related-heading] .head a")
    page.wait(lambda: page.parameters() == {"id": first}, "the search for more like this")


def test_duplicates_are_folded(page, servers):
    with servers.fresh(page) as api:
        api.put("asked", title="离婚后孩子抚养权归谁")
        for id in ("one", "other"):
            api.put(id, title="离婚时两岁的孩子会判给母亲吗")
        page.open("/q/asked")
        equal(len(listed(page, "related")), 1, "how many of two equal questions are listed")
        folded = ({"one", "other"} - set(listed(page, "related"))).pop()
        check(not page.one("details a.title").is_displayed(), "the duplicate is shown at once")
        page.click("details summary")
        page.click("details a.title")
        page.arrive(f"/q/{folded}")


def test_latest_stand_where_nothing_is_related(page, servers):
    with servers.fresh(page) as api:
        api.put("deposit", title="房东不退押金怎么办")
        api.put("physics", title="Quantum chromodynamics lattice")
        page.open("/q/deposit")
        equal((listed(page, "related"), listed(page, "latest")), ([], ["physics"]), "related and latest")
        equal(page.text("#latest-heading"), "最新问题", "the heading")


def test_unknown_question_is_a_page_of_404(page, servers):
    for path in ("/q/no-such-question", "/q/" + "w" * 200):
        status, headers, _ = send(page.base, "GET", path, headers=HTML)
        equal((status // 100, headers["Content-Type"]), (4, "text/html; charset=utf-8"), "status and type")
    page.open("/q/no-such-question")
    check("没有这个问题" in page.one("h1").text, "no word on a question that there is not")
    page.click(".notice a")
    page.arrive("/")
    equal(send(page.base, "GET", "/q/no-such-question")[0], 404, "the status")


def test_hostile_text_stays_text_on_every_page(page, servers):
    with servers.fresh(page) as api:
        fields = {name: HOSTILE for name in ("title", "body", "answer", "author", "category")}
        for id in (HOSTILE[:100], "b/'\"><i>?#%"):
            api.put(id, **fields, tags=[HOSTILE], language="en", url="https://example.org/" + quoted(HOSTILE))
        lists_are_there(page)
        paths = [f"/q/{quoted(HOSTILE[:100])}", "/q/" + quoted("b/'\"><i>?#%"), f"/?q={quoted(HOSTILE)}", "/duplicates?min_probability=0.05",
                 f"/ask?title={quoted(HOSTILE)}&body={quoted(HOSTILE)}&category={quoted(HOSTILE)}", "/status", "/", f"/?category={quoted(HOSTILE)}"]
        for path in paths:
            page.open(path)
            check(page.driver.title != "taken", f"text became code at {path[:30]}")
            equal(len(page.all("main img, main script, main i, main b")), 0, f"elements that came out of text at {path[:30]}")
            check(page.js("return document.documentElement.outerHTML").count("taken") > 0, f"nothing hostile stands at {path[:30]}")
            equal(page.errors(), [], f"console errors at {path[:30]}")
        page.open("/q/" + quoted(HOSTILE[:100]))
        equal((page.text("h1"), page.texts(".prose")), (HOSTILE, [HOSTILE, HOSTILE]), "title, body and answer")
        page.click(".under a.title")
        page.arrive("/q/" + quoted("b/'\"><i>?#%"))
        equal(page.text("h1"), HOSTILE, "the other one's title")


# asking


def write(page, **fields):
    for name, text in fields.items():
        page.one(f"[name={name}]").send_keys(text)


def likely(api, **draft):
    items = api("POST", "/v1/duplicates/check", {"limit": 8, "min_probability": 0.3, **draft})["items"]
    return [(item["id"], f"{item['probability'] * 100:.0f}%") for item in items]


def similar(page):
    return list(zip(page.ids("#similar"), page.texts("#similar .value")))


def test_likely_duplicates_appear_while_typing(page, servers):
    api = Api(page.base)
    page.open("/ask")
    equal(page.focused("name"), "title", "the focus at first")
    write(page, title=DRAFT)
    expected = likely(api, title=DRAFT)
    check(expected, "nothing is like the draft")
    page.wait(lambda: similar(page) == expected, f"{expected}, found {similar(page)}")
    write(page, body="入职三年了，一直没有交。")
    expected = likely(api, title=DRAFT, body="入职三年了，一直没有交。")
    page.wait(lambda: similar(page) == expected, "the list for title and body")
    equal(page.errors(), [], "console errors")


def test_duplicates_of_a_draft_in_the_address_are_there_at_once(page, servers):
    with Proxy(page.base) as proxy:
        page.open("/ask?" + urllib.parse.urlencode({"title": DRAFT, "category": "employment"}), proxy.url)
        equal(similar(page), likely(Api(page.base), title=DRAFT), "the list")
        equal((page.value("[name=title]"), page.value("[name=category]")), (DRAFT, "employment"), "the draft")
        equal(proxy.asked("/parts/similar"), [], "requests of the script")


def test_writing_goes_on_at_the_end(page, servers):
    page.open("/ask?title=" + quoted(DRAFT))
    page.press("呢")
    equal(page.value("[name=title]"), DRAFT + "呢", "the title")


def test_draft_that_is_emptied_has_no_duplicates(page, servers):
    page.open("/ask")
    write(page, title=DRAFT)
    page.wait(lambda: similar(page), "a list")
    page.empty("[name=title]")
    page.wait(lambda: not similar(page), "the list to go")
    equal(page.text("#similar").strip(), "暂时没有找到相同的问题。", "what stands there")


def test_older_duplicates_never_overtake(page, servers):
    held = threading.Event()
    with Proxy(page.base) as proxy:
        def hold_the_first(method, path):
            if path == "/parts/similar" and len(proxy.asked(path)) == 1:
                held.wait(PATIENCE)
        proxy.answer = hold_the_first
        page.open("/ask", proxy.url)
        write(page, title="房东不退押金")
        page.wait(lambda: proxy.asked("/parts/similar"), "the first request")
        page.empty("[name=title]")
        write(page, title=DRAFT)
        expected = likely(Api(page.base), title=DRAFT)
        page.wait(lambda: similar(page) == expected, "the list of the newer draft")
        held.set()
        page.wait(lambda: proxy.is_done(title="房东不退押金"), "the older answer")
        page.round_trip()
        equal(similar(page), expected, "the list after the older answer")


def test_half_written_pinyin_of_a_draft_is_not_sent(page, servers):
    with Proxy(page.base) as proxy:
        page.open("/ask", proxy.url)
        page.compose("gong")
        page.let_pass(2 * DEBOUNCE_MS)
        page.insert(DRAFT)
        page.wait(lambda: similar(page), "the list")
        equal([asked["title"] for asked in proxy.asked("/parts/similar")], [DRAFT], "what was asked")


def test_this_is_my_question_opens_it(page, servers):
    page.open("/ask")
    write(page, title=DRAFT)
    page.wait(lambda: similar(page), "a list")
    first = similar(page)[0][0]
    page.click("#similar .like")
    page.arrive(f"/q/{first}")


def post(page):
    page.click("[value=post]")
    page.wait(lambda: page.path().startswith("/q/"), "the page of the new question")
    return urllib.parse.unquote(page.path()[3:])


def test_posting_stores_and_leads_to_the_page(page, servers):
    with servers.fresh(page) as api:
        draft = {"title": DRAFT, "body": "入职三年了。\n一直没有交。", "category": "社保", "author": "小王"}
        page.open("/ask")
        write(page, **draft)
        id = post(page)
        stored = api("GET", f"/v1/questions/{id}")
        equal({name: stored[name] for name in draft}, draft, "what is stored")
        equal([question["id"] for question in questions(api)], [id], "all that is stored")
        equal((page.text("h1"), page.text(".prose")), (draft["title"], draft["body"]), "its page")


def test_posting_twice_stores_once(page, servers):
    with servers.fresh(page) as api:
        page.open("/ask")
        write(page, title=DRAFT)
        fields = {field.get_dom_attribute("name"): field.get_property("value") for field in page.all("#question [name]:not(button)")}
        # Two presses at once: the second goes out before the first is answered.
        page.js("const button = document.querySelector('[value=post]'); button.click(); button.click();")
        page.wait(lambda: page.path().startswith("/q/"), "the page of the new question")
        equal(len(questions(api)), 1, "questions stored")
        status, headers, _ = send_form(page.base, "/ask", {**fields, "do": "post"})
        equal((status, headers["Location"]), (303, page.path()), "where the same form leads once more")
        equal(len(questions(api)), 1, "questions stored afterwards")
        send_form(page.base, "/ask", {**fields, "title": "另一个问题", "do": "post"})
        equal([question["title"] for question in questions(api)], [DRAFT], "after another text under the same id")


def test_missing_title_is_told(page, servers):
    with servers.fresh(page) as api:
        page.open("/ask")
        write(page, title="   ", body="入职三年了。")
        page.click("[value=post]")
        check(page.one("[role=alert] li").text, "nothing is told")
        equal(page.value("[name=body]"), "入职三年了。", "what was written")
        equal(questions(api), [], "what is stored")
        write(page, title=DRAFT)
        id = post(page)
        equal(title_of(api, id), DRAFT, "the title, once it is there")


def test_what_is_too_long_is_told(page, servers):
    with servers.fresh(page) as api:
        status, _, text = send_form(page.base, "/ask", {"title": "问" * 600, "body": HOSTILE, "do": "post"})
        check('role="alert"' in text.decode() and HOSTILE not in text.decode(), "the fault is not told, or text became code")
        equal((questions(api), status // 100 in (2, 4)), ([], True), "what is stored, and the status")


def test_a_key_is_needed_to_post_where_keys_are_set(page, servers):
    with servers.fresh(page, key=KEY) as api:
        page.open("/ask")
        write(page, title=DRAFT)
        page.click("[value=post]")
        equal(page.path(), "/ask", "where a form without a key leads")
        for wrong in (" ", "fedcba9876543210", "a-key-that-reads-only"):
            page.empty("[name=key]")
            write(page, key=wrong)
            page.click("[value=post]")
            check("需要写入密钥" in page.text("[role=alert] li"), f"the missing key is not told: {wrong}")
            equal((page.value("[name=title]"), questions(api)), (DRAFT, []), "what was written, and what is stored")
            equal(page.one("[name=key]").get_dom_attribute("value"), None, "a key in the page's own text")
        page.empty("[name=key]")
        write(page, key=KEY)
        equal(title_of(api, post(page)), DRAFT, "what is stored with the right key")


def test_asking_works_without_javascript(page, servers):
    with servers.fresh(page, samples=True) as api, page.without_scripts():
        page.open("/ask")
        write(page, title=DRAFT, body="入职三年了。")
        before = len(questions(api))
        page.click("[value=check]")
        page.wait(lambda: page.ids("#similar"), "likely duplicates")
        equal(similar(page), likely(api, title=DRAFT, body="入职三年了。"), "the list")
        equal((page.value("[name=title]"), page.value("[name=body]")), (DRAFT, "入职三年了。"), "the draft")
        equal(len(questions(api)), before, "questions after a check")
        equal(title_of(api, post(page)), DRAFT, "what is stored")


def test_enter_in_a_field_does_not_post(page, servers):
    with servers.fresh(page) as api:
        page.open("/ask")
        write(page, title=DRAFT + Keys.ENTER)
        page.wait(lambda: page.value("[name=title]") == DRAFT and page.all("[name=id]"), "the form")
        page.round_trip()
        equal(questions(api), [], "what is stored")


def test_form_of_another_site_is_refused(page, servers):
    with servers.fresh(page) as api, Others() as others:
        for path, fields in (("/ask", {"id": "x", "title": DRAFT, "do": "post"}), ("/duplicates", {"say": '["a","b","duplicate"]'})):
            inputs = "".join(f"<input type=hidden name={name} value='{value}'>" for name, value in fields.items())
            others.page = f"<form method=post action='{page.base}{path}'>{inputs}<button>win</button></form>"
            page.open("/", others.url)
            page.click("button")
            check("another site" in page.one(".notice").text, f"{path} takes a form of another site")
            equal((questions(api), verdicts(api)), ([], {}), "what is stored")
            status = send_form(page.base, path, fields, Origin=others.url)[0]
            equal(status, 403, "the status where only the origin tells")


# reviewing


def lists_are_there(page):
    page.wait(lambda: send(page.base, "GET", "/v1/duplicates/groups")[0] == 200, "the lists that groups are found from")


def review(page, parameters="", base=None):
    lists_are_there(page)
    page.open("/duplicates" + parameters, base)
    return pairs(page)


def pairs(page):
    return [tuple(pair) for pair in page.js("return [...document.querySelectorAll('.pair')].map(({ dataset: { a, b } }) => [a, b])")]


def verdicts(api):
    return {frozenset((item["a"], item["b"])): item["verdict"] for item in api("GET", "/v1/duplicates/verdicts?limit=100")["items"]}


def here(page):
    """The pair that has the focus."""
    pair = page.js("const pair = document.activeElement.closest('.pair'); return pair && [pair.dataset.a, pair.dataset.b]")
    return pair and tuple(pair)


def go(page, key, pair):
    page.press(key)
    page.wait(lambda: here(page) == pair, f"the focus on {pair} after {key!r}, it is on {here(page)}")


def shown_verdicts(page):
    return page.js("""return [...document.querySelectorAll('.pair')].map((pair) =>
        [...pair.querySelectorAll('[aria-pressed=true]')].map((button) => button.dataset.say).join())""")


def test_review_by_keyboard_only(page, servers):
    with servers.fresh(page, samples=True) as api:
        found = review(page)
        check(len(found) > 5, f"only {len(found)} pairs to judge")
        go(page, " ", found[0])
        go(page, "1", found[1])
        go(page, "2", found[2])
        go(page, "3", found[3])
        stored = dict(zip(map(frozenset, found), ("duplicate", "related", "different")))
        equal(verdicts(api), stored, "the verdicts stored")
        equal(shown_verdicts(page)[:4], ["duplicate", "related", "different", ""], "the verdicts shown")
        go(page, Keys.ARROW_UP, found[2])
        go(page, Keys.ARROW_UP, found[1])
        go(page, Keys.ARROW_DOWN, found[2])
        go(page, " ", found[3])
        go(page, "2", found[4])
        page.press("u")
        page.wait(lambda: shown_verdicts(page)[3] == "", "the last verdict to be taken back")
        page.press("U")
        page.wait(lambda: shown_verdicts(page)[2] == "", "the one before to be taken back")
        equal(here(page), found[2], "where one is after taking back")
        del stored[frozenset(found[2])]
        equal(verdicts(api), stored, "the verdicts stored after taking back")
        go(page, Keys.ARROW_UP, found[1])
        go(page, "1", found[2])
        page.press("u")
        page.wait(lambda: shown_verdicts(page)[1] == "related", "the former verdict")
        equal(verdicts(api), stored, "the verdicts after a change was taken back")
        equal(page.errors(), [], "console errors")


def test_first_key_goes_to_the_first_pair_that_nobody_judged(page, servers):
    with servers.fresh(page, samples=True) as api:
        found = review(page)
        api("PUT", "/v1/duplicates/verdicts/" + "/".join(map(quoted, found[0])), {"verdict": "duplicate"})
        found = review(page)
        first = shown_verdicts(page).index("")
        check(first > 0, "the verdict is not shown")
        go(page, Keys.ARROW_DOWN, found[first])


def progress(page):
    return page.text("#progress"), page.one("progress").get_property("value")


def test_progress_is_told(page, servers):
    with servers.fresh(page, samples=True):
        found = review(page)
        say = lambda done, total: (f"本页已判断 {done} / {len(found)} · 共有 {total} 条判断", done)
        equal(progress(page), say(0, 0), "the progress at first")
        go(page, " ", found[0])
        go(page, "1", found[1])
        equal(progress(page), say(1, 1), "the progress after a verdict")
        check("相同" in page.text("#said"), "the verdict is not announced")
        go(page, "3", found[2])
        equal(progress(page), say(2, 2), "the progress after another")
        page.press("u")
        page.wait(lambda: progress(page) == say(1, 1), "the progress after taking back")
        check("撤销" in page.text("#said"), "taking back is not announced")
        page.driver.refresh()
        page.wait(lambda: "共有 1 条判断" in page.text("#progress"), "the progress after a reload")
        found = pairs(page)
        while page.all(".pair:not([data-verdict])"):
            page.click(".pair:not([data-verdict]) [data-say=duplicate]")
            page.wait(lambda: not page.all(".pair[aria-busy=true]"), "the verdict")
        equal(page.one("progress").get_property("value"), len(found), "the progress at the end")
        check("本页已全部判断" in page.text("#said"), "the end is not announced")


def test_review_by_mouse(page, servers):
    with servers.fresh(page, samples=True) as api:
        found = review(page)
        for place, verdict in enumerate(("different", "duplicate", "related")):
            page.click(f".pair [data-say={verdict}]", place)
            page.wait(lambda: shown_verdicts(page)[place] == verdict, f"the verdict {verdict}")
        stored = dict(zip(map(frozenset, found), ("different", "duplicate", "related")))
        equal(verdicts(api), stored, "the verdicts stored")
        page.click(".pair [data-say=duplicate]", 2)
        page.wait(lambda: shown_verdicts(page)[2] == "duplicate", "another verdict")
        page.click(".pair [data-say=undo]", 0)
        page.wait(lambda: shown_verdicts(page)[0] == "", "the verdict to be taken back")
        equal(verdicts(api), {frozenset(found[1]): "duplicate", frozenset(found[2]): "duplicate"}, "the verdicts in the end")
        check(not page.all(".pair [data-say=undo]")[0].is_displayed(), "what nobody judged can be taken back")


def test_fast_fingers_pass_no_pair_over(page, servers):
    held = threading.Event()
    with servers.fresh(page, samples=True), Proxy(page.base) as proxy:
        def hold_what_is_stored(method, path):
            if method == "PUT":
                held.wait(PATIENCE)
        proxy.answer = hold_what_is_stored
        found = review(page, base=proxy.url)
        go(page, " ", found[0])
        page.press("1")
        go(page, " ", found[1])
        held.set()
        page.wait(lambda: shown_verdicts(page)[0] == "duplicate", "the verdict")
        page.round_trip()
        equal(here(page), found[1], "where one is after the answer")


def test_review_without_javascript(page, servers):
    with servers.fresh(page, samples=True) as api:
        lists_are_there(page)
        with page.without_scripts():
            page.open("/duplicates?min_probability=0.7")
            a, b = (page.one(".pair").get_dom_attribute(name) for name in ("data-a", "data-b"))
            page.click(".pair [data-say=duplicate]")
            page.wait(lambda: page.all(".pair [aria-pressed=true]"), "the page with the verdict")
            equal(verdicts(api), {frozenset((a, b)): "duplicate"}, "the verdicts stored")
            check("共有 1 条判断" in page.text("#progress"), "the progress is not told")
            check(abs(float(page.parameters()["min_probability"]) - 0.7) < 1e-6, f"the choice is lost: {page.driver.current_url}")
            page.click(".pair[data-verdict] [data-say=undo]")
            page.wait(lambda: not page.all(".pair [aria-pressed=true]"), "the page without the verdict")
            equal(verdicts(api), {}, "the verdicts after taking back")
            page.click(".pair [data-say=different]")
            page.wait(lambda: "共有 1 条判断" in page.text("#progress"), "the page after another verdict")
            equal(verdicts(api), {frozenset((a, b)): "different"}, "the verdict in the end")


def test_verdict_of_a_failing_server_is_not_shown(page, servers):
    with servers.fresh(page, samples=True) as api, Proxy(page.base) as proxy:
        found = review(page, base=proxy.url)
        proxy.answer = lambda method, path: problem(500, "The server <b>failed</b>", "Its log tells what.") if method == "PUT" else None
        go(page, " ", found[0])
        page.press("1")
        page.wait(lambda: "The server <b>failed</b>" in page.text(".pair .fault"), "the fault")
        equal((shown_verdicts(page)[0], here(page)), ("", found[0]), "the verdict shown, and where one is")
        equal(page.barriers(), [], "barriers")
        proxy.answer = lambda method, path: None
        proxy.gone = True
        page.press("1")
        page.wait(lambda: "连接不上服务器" in page.text(".pair .fault"), "the word on an unreachable server")
        equal((shown_verdicts(page)[0], progress(page)[1]), ("", 0), "the verdict shown, and the progress")
        equal(verdicts(api), {}, "the verdicts stored")
        proxy.gone = False
        go(page, "1", found[1])
        equal((verdicts(api), page.text(".pair .fault")), ({frozenset(found[0]): "duplicate"}, ""), "once the server is back")
        proxy.gone = True
        page.press("u")
        page.wait(lambda: "连接不上服务器" in page.text(".pair .fault"), "the fault of taking back")
        proxy.gone = False
        page.press("u")
        page.wait(lambda: shown_verdicts(page)[0] == "", "the verdict to be taken back")
        equal(verdicts(api), {}, "the verdicts in the end")


def test_a_key_is_needed_to_judge_where_keys_are_set(page, servers):
    with servers.fresh(page, samples=True, key=KEY) as api:
        found = review(page)
        go(page, " ", found[0])
        page.press("1")
        page.wait(lambda: "需要写入密钥" in page.text(".pair .fault"), "the word on the missing key")
        equal((page.focused("name"), verdicts(api)), ("key", {}), "where the focus went, and what is stored")
        page.press("a-key-that-reads-only")
        page.click(".pair [data-say=duplicate]")
        page.wait(lambda: shown_verdicts(page)[0] == "" and "需要写入密钥" in page.text(".pair .fault"), "the word on a key that may not write")
        equal(verdicts(api), {}, "what is stored with a key that may not write")
        page.empty("[name=key]")
        write(page, key=KEY)
        page.click(".pair [data-say=related]")
        page.wait(lambda: shown_verdicts(page)[0] == "related", "the verdict with the right key")
        equal(verdicts(api), {frozenset(found[0]): "related"}, "what is stored with the right key")
        page.driver.refresh()
        page.wait(lambda: page.value("[name=key]") == KEY, "the key after a reload")


def test_enter_in_the_key_field_judges_nothing(page, servers):
    with servers.fresh(page, samples=True, key=KEY) as api:
        review(page)
        write(page, key=KEY + Keys.ENTER)
        page.let_pass(DEBOUNCE_MS)
        page.round_trip()
        equal(verdicts(api), {}, "the verdicts stored")
        with page.without_scripts():
            page.open("/duplicates")
            write(page, key=KEY + Keys.ENTER)
            page.wait(lambda: page.all("#review, .notice"), "a page")
            equal(verdicts(api), {}, "the verdicts stored without JavaScript")


def test_a_key_is_needed_to_judge_without_javascript(page, servers):
    with servers.fresh(page, samples=True, key=KEY) as api:
        lists_are_there(page)
        with page.without_scripts():
            page.open("/duplicates")
            page.click(".pair [data-say=related]")
            check("需要写入密钥" in page.one("main > [role=alert]").text, "the missing key is not told")
            equal(verdicts(api), {}, "what is stored without a key")
            write(page, key=KEY)
            page.click(".pair [data-say=related]")
            page.wait(lambda: "共有 1 条判断" in page.text("#progress"), "the page after the verdict")
            equal(list(verdicts(api).values()), ["related"], "what is stored with the key")


def groups(api, **parameters):
    return api("GET", "/v1/duplicates/groups?" + urllib.parse.urlencode({"limit": 10, "min_probability": 0.5, **parameters}))


def representatives(page):
    return [urllib.parse.unquote(address[3:]) for address in page.js(
        "return [...document.querySelectorAll('.stands .title')].map((title) => title.getAttribute('href'))")]


def expected_representatives(found):
    return [group["representative"] for group in found["groups"]]


def test_probability_can_be_chosen(page, servers):
    api = Api(page.base)
    review(page)
    Select(page.one("[name=min_probability]")).select_by_visible_text("70%")
    page.click(".inline button")
    page.wait(lambda: "min_probability" in page.parameters(), "the choice in the address")
    equal(page.parameters()["min_probability"], "0.7", "the choice in the address")
    found = groups(api, min_probability=0.7)
    check(str(found["total"]) in page.text(".inline label"), "the number of groups is not told")
    equal(representatives(page), expected_representatives(found), "the groups")
    review(page, "?min_probability=0.55")
    equal(Select(page.one("[name=min_probability]")).first_selected_option.text, "55%", "the choice that the list does not have")


def test_groups_are_paged(page, servers):
    api = Api(page.base)
    review(page)
    first = groups(api)
    second = groups(api, after=first["next"])
    equal(representatives(page), expected_representatives(first), "the first page")
    page.click("[rel=next]")
    page.wait(lambda: representatives(page) == expected_representatives(second), "the second page")
    page.click(".pager a")
    page.wait(lambda: representatives(page) == expected_representatives(first), "the first page again")


def test_no_group_is_passed_over_where_some_were_judged(page, servers):
    with servers.fresh(page, samples=True) as api:
        review(page)
        second = expected_representatives(groups(api, after=groups(api)["next"]))
        for place in range(len(pairs(page))):
            page.click(".pair [data-say=different]", place)
            page.wait(lambda: shown_verdicts(page)[place], "the verdict")
        page.click("[rel=next]")
        page.wait(lambda: second[-1] in representatives(page) or page.parameters().get("after"), "the second page")
        passed_over = [group for group in second if group not in representatives(page)]
        equal(passed_over, [], "groups of the second page that are no longer there")


def test_no_groups_are_told(page, servers):
    with servers.fresh(page) as api:
        api.put("1", title=DRAFT)
        review(page)
        check("没有这样的分组" in page.text("main"), "no word on an empty list")
        page.press("1", "u", " ")
        equal(page.errors(), [], "console errors")


# the status


def cards(page):
    return dict(zip(page.texts(".card dt"), page.texts(".card dd:first-of-type")))


def rows(page, heading):
    place = f"[aria-labelledby={heading}-heading]"
    return dict(zip(page.texts(f"{place} th"), page.texts(f"{place} td:last-child")))


def test_numbers_equal_the_apis(page, servers):
    api = Api(page.base)
    page.open("/status")
    status = api("GET", "/v1/status")
    equal(cards(page)["问题数"], f"{status['questions']:,}", "questions")
    equal(cards(page)["实时召回率"], "100%", "the recall of exact searches")
    counts = lambda name: [f"{count['questions']:,}" for count in sorted(status[name], key=lambda count: -count["questions"])]
    equal(list(rows(page, "languages").values()), counts("languages"), "questions of each language")
    equal(list(rows(page, "categories").values()), counts("categories"), "questions of each category")
    check({"中文", "英语"} <= set(rows(page, "languages")), "the languages have no names")
    index, model = rows(page, "index"), rows(page, "model")
    equal(index["内存中的点"], f"{status['index']['points']:,}", "points")
    equal(index["累计写入"], f"{status['seq']:,}", "writes")
    equal((model["名称"], model["指纹"]), (status["model"]["name"], status["model"]["fingerprint"]), "the model")
    check(status["version"] in page.text(".lead"), "the version is not told")


def test_status_refreshes_by_itself(page, servers):
    with servers.fresh(page) as api:
        page.open("/status")
        equal(cards(page)["问题数"], "0", "questions at first")
        api.put("1", title=DRAFT, category="社保")
        page.wait(lambda: cards(page)["问题数"] == "1", "the new question")
        equal(rows(page, "categories"), {"社保": "1"}, "its category")
        equal(page.errors(), [], "console errors")


def test_status_stays_while_the_server_is_away(page, servers):
    with Proxy(page.base) as proxy:
        page.open("/status", proxy.url)
        before = cards(page)["问题数"]
        proxy.gone = True
        page.wait(lambda: any(path == "/parts/status" for _, path, _ in proxy.seen), "a refresh")
        proxy.gone = False
        page.round_trip()
        equal(cards(page)["问题数"], before, "questions after a refresh in vain")


def test_histograms_appear(page, servers):
    with servers.fresh(page) as api:
        page.open("/status")
        check("还没有请求" in page.text("#status"), "no word on the lack of requests")
        for _ in range(5):
            api("GET", "/v1/questions/latest")
        page.open("/status")
        figures = [text.split("\n")[0] for text in page.texts("figcaption code")]
        place = figures.index("GET /v1/questions/latest")
        bars = page.js("""return [...document.querySelectorAll('.histogram')[arguments[0]].querySelectorAll('rect')].map((rect) =>
            [Number(rect.textContent.split(': ')[1]), rect.getBoundingClientRect().height])""", place)
        equal(sum(count for count, _ in bars), 5, "requests in the bars")
        equal([count > 0 for count, _ in bars], [height > 0 for _, height in bars], "bars that are seen")
        check("5 次请求" in page.texts("figcaption .note")[place], "the number of requests is not told")


def test_status_is_there_without_javascript(page, servers):
    with page.without_scripts():
        page.open("/status")
        equal(cards(page)["问题数"], "712", "questions")
        check(page.all("meta[http-equiv=refresh]"), "the page does not refresh")


# the reference


def test_reference_has_every_operation(page, servers):
    document = json.loads(send(page.base, "GET", "/openapi.json")[2])
    operations = {operation["operationId"]: f"{method.upper()} {path}"
                  for path, item in document["paths"].items() for method, operation in item.items()}
    page.open("/docs")
    shown = page.js("""return Object.fromEntries([...document.querySelectorAll('.operation:has(> h3 > b)')].map((section) =>
        [section.id, section.querySelector('h3').textContent]))""")
    equal(shown, operations, "the operations")
    types = set(document["components"]["schemas"])
    equal({found.removeprefix("type-") for found in page.js(
        "return [...document.querySelectorAll('.operation[id^=type-]')].map((section) => section.id)")}, types, "the types")
    dead = page.js("""return [...document.querySelectorAll('a[href^="#"]')].map((a) => a.hash.slice(1))
        .filter((id) => !document.getElementById(id))""")
    equal(dead, [], "links that lead nowhere")
    equal(page.strangers(), [], "addresses outside the server")
    equal(page.errors(), [], "console errors")


def test_every_operation_has_an_example(page, servers):
    page.open("/docs")
    without = page.js("return [...document.querySelectorAll('.operation:has(> h3 > b):not(:has(.try))')].map((section) => section.id)")
    equal(without, [], "operations without an example")


def run_example(page, id):
    """Presses its button; gives the status and the text."""
    page.click(f"#{id} .try .action")
    output = page.wait(lambda: re.match(r"(\d{3}) [^\n]*\n\n(.*)", page.text(f"#{id} .output"), re.DOTALL), f"the answer of {id}")
    return int(output[1]), output[2]


def test_every_example_runs(page, servers):
    with servers.fresh(page, samples=True):
        lists_are_there(page)
        page.open("/docs")
        examples = page.js("return [...document.querySelectorAll('.try')].map((form) => [form.closest('section').id, form.dataset.method])")
        # What is read or deleted was stored before.
        order = ("PUT", "POST", "GET", "DELETE")
        answers = {id: run_example(page, id) for id, _ in sorted(examples, key=lambda example: order.index(example[1]))}
        faults = {id: answer for id, answer in answers.items() if not 200 <= answer[0] < 300}
        equal(faults, {}, "answers other than of success")
        equal(page.errors(), [], "console errors")


def test_example_can_be_changed(page, servers):
    page.open("/docs")
    page.empty("#get_question [name=path]")
    page.one("#get_question [name=path]").send_keys("/v1/questions/no-such")
    status, text = run_example(page, "get_question")
    equal((status, json.loads(text)["status"]), (404, 404), "the answer")
    check(page.base in page.text("#get_question pre"), "the command does not name this server")


def test_example_that_writes_takes_the_key(page, servers):
    with servers.fresh(page, samples=True, key=KEY) as api:
        page.open("/docs")
        equal(run_example(page, "put_question")[0], 401, "the answer without a key")
        page.one("#key").send_keys(KEY)
        page.js("document.querySelector('#put_question .output').textContent = ''")
        equal(run_example(page, "put_question")[0], 201, "the answer with the key")
        check(api("GET", "/v1/questions/my-1"), "nothing is stored")


# where there is no page


def test_starting_server_has_a_page_that_comes_back_by_itself(page, servers):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
    # Storing the samples takes a while.
    data, ready = Path(tempfile.mkdtemp(dir=servers.folder)), threading.Event()
    def serve():
        with served(servers.program, data, "--demo", listen=address):
            ready.set()
            done.wait()
    done = threading.Event()
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        page.wait(lambda: answers(address), "the port")
        page.open("/q/traffic-01-a", f"http://{address}")
        check(not ready.is_set(), "the server was ready too soon for this test")
        check("服务器正在启动" in page.one("h1").text, "no word on a server that is starting")
        page.wait(lambda: page.all("article h1"), "the page of the question")
    finally:
        done.set()
        thread.join()


def test_busy_server_has_a_page_that_comes_back_by_itself(page, servers):
    with servers.fresh(page, max_concurrent_requests="1"):
        with busy(page):
            page.open("/ask")
            check("服务器正忙" in page.one("h1").text, "no word on a server that is busy")
        page.wait(lambda: page.all("#question"), "the page")


def test_what_was_written_survives_a_busy_server(page, servers):
    with servers.fresh(page, max_concurrent_requests="1") as api:
        page.open("/ask")
        write(page, title=DRAFT, body="入职三年了。")
        with busy(page):
            page.click("[value=post]")
            page.wait(lambda: "服务器正忙" in page.text("h1"), "the word on a server that is busy")
        equal(page.all("meta[http-equiv=refresh]"), [], "what would load an empty form")
        page.driver.back()
        page.wait(lambda: page.all("#question"), "the form")
        equal((page.value("[name=title]"), page.value("[name=body]")), (DRAFT, "入职三年了。"), "what was written")
        equal(title_of(api, post(page)), DRAFT, "what is stored")


@contextmanager
def busy(page):
    """A server that takes one request has it for the while."""
    with socket.create_connection(urllib.parse.urlsplit(page.base).netloc.split(":")) as slow:
        slow.sendall(b"POST /v1/questions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[")
        page.wait(lambda: send(page.base, "GET", "/v1/status")[0] == 429, "the request that takes its time")
        yield
    page.wait(lambda: send(page.base, "GET", "/v1/status")[0] == 200, "the end of the request")


def answers(address):
    try:
        return send(f"http://{address}", "GET", "/healthz")[0] == 200
    except OSError:
        return False


def test_what_is_nowhere_is_a_page_for_browsers_only(page, servers):
    for path in ("/nope", "/v1/nope"):
        equal([send(page.base, "GET", path, headers=headers)[0] for headers in (HTML, JSON, {})], [404] * 3, "the statuses")
        kinds = [send(page.base, "GET", path, headers=headers)[1]["Content-Type"] for headers in (HTML, JSON, {})]
        equal(kinds, ["text/html; charset=utf-8", "application/problem+json", "application/problem+json"], "the kinds of answers")
    page.open("/nope")
    equal(page.text("h1"), "这里什么也没有", "the heading")


# on other sites


@contextmanager
def embedded(page, servers, **settings):
    """A server that lets one site read, with five questions, and that site; a page's `{server}` is the server."""
    with Others() as others, servers.fresh(page, cors_origins=others.url, **settings) as api:
        for id, title in (("1", "房东不退押金怎么办"), ("2", "房东扣着押金不给怎么要"), ("3", "租房合同到期押金何时退"), ("4", "租房押金能抵房租吗"),
                          ("5", "How do I get my deposit back from my landlord?"), ("<b>6", HOSTILE + "房东押金")):
            api.put(id, title=title, category="en" if id == "5" else "zh")
        yield api, others


def widget(server, attributes, text="<p>the shop's own</p>"):
    return f"""<!doctype html><meta charset=utf-8><body><div {attributes}>{text}</div><script>
        addEventListener("likewise:related", (event) => (window.told ??= []).push(event.detail));</script>
        <script src="{server}/widget.js" defer></script>"""


def filled(page):
    page.wait(lambda: page.all("[data-likewise-state=done]"), "the list in the box")
    return page.texts(".likewise-related li a")


def test_widget_fills_the_box_of_an_allowed_site(page, servers):
    with embedded(page, servers) as (api, others):
        others.page = widget(page.base, 'data-likewise-related="1"')
        page.open("/", others.url)
        titles = [item["title"] for item in api("GET", "/v1/questions/1/related")["items"]]
        equal(filled(page), titles, "the list")
        equal(page.js("return window.told"), [{"id": "1", "state": "done"}], "the events")
        equal(page.text(".likewise-related h2"), "相关问题", "the heading, in the question's language")
        equal(len(page.all("body img, body i, section script")), 0, "elements that came out of text")
        check("taken" not in page.driver.title, "text became code")
        equal(page.errors(), [], "console errors")
        page.click(".likewise-related li a")
        page.wait(lambda: page.driver.current_url.startswith(page.base + "/q/"), "the page of the question")
        equal(page.text("h1"), titles[0], "its heading")


def test_widget_takes_options(page, servers):
    with embedded(page, servers) as (api, others):
        asked = lambda query: [item["title"] for item in api("GET", f"/v1/questions/1/related?{query}")["items"]]
        for attributes, query in (
            ('data-limit="2"', "limit=2"), ('data-min-score="0.3"', "min_score=0.3"), ('data-language="en"', "language=en"),
            ('data-category="zh" data-limit="1"', "category=zh&limit=1"), ('data-min-score="0.9" data-fill="latest"', "min_score=0.9&fill=latest"),
        ):
            check(asked(query), f"nothing is listed with {query}")
            others.page = widget(page.base, f'data-likewise-related="1" {attributes}')
            page.open("/", others.url)
            equal(filled(page), asked(query), attributes)


def test_widget_fills_boxes_that_come_later(page, servers):
    with embedded(page, servers) as (_, others):
        others.page = widget(page.base, "id=box")
        page.open("/", others.url)
        page.wait(lambda: page.js("return typeof window.likewise?.fill") == "function", "the script")
        page.js("document.getElementById('box').dataset.likewiseRelated = '<b>6'; window.likewise.fill()")
        check(filled(page), "nothing is listed")


def test_widget_leaves_the_page_as_it_was_where_it_may_not_read(page, servers):
    with embedded(page, servers) as (_, others), Others() as strangers:
        for site, id in ((strangers, "1"), (others, "no-such")):
            site.page = widget(page.base, f'data-likewise-related="{id}"')
            page.open("/", site.url)
            page.wait(lambda: page.all("[data-likewise-state=failed]"), "the end of it")
            equal(page.text("div"), "the shop's own", "what stands in the box")
            equal(page.js("return window.told"), [{"id": id, "state": "failed"}], "the events")


def test_widget_leads_where_the_settings_say(page, servers):
    with embedded(page, servers, question_url="https://shop.example/ask/{id}") as (_, others):
        others.page = widget(page.base, 'data-likewise-related="1"')
        page.open("/", others.url)
        filled(page)
        addresses = page.js("return [...document.querySelectorAll('.likewise-related a')].map((a) => a.href)")
        check(all(address.startswith("https://shop.example/ask/") for address in addresses), f"the links: {addresses}")


def asking(server):
    return f"""<!doctype html><meta charset=utf-8><input id=title data-likewise-ask="#box" data-likewise-body="#more" data-limit=3>
        <textarea id=more></textarea><div id=box>write on</div><script src="{server}/ask.js"></script>"""


def offered(page):
    return [tuple(found) for found in page.js("""return [...document.querySelectorAll('.likewise-similar li')].map((item) =>
        [item.querySelector('a').textContent, item.querySelector('.likewise-probability').textContent])""")]


def test_ask_script_offers_likely_duplicates_on_an_allowed_site(page, servers):
    with embedded(page, servers) as (api, others):
        others.page = asking(page.base)
        page.open("/", others.url)
        page.one("#title").send_keys("房东不肯退押金怎么办")
        items = api("POST", "/v1/duplicates/check", {"title": "房东不肯退押金怎么办", "limit": 3})["items"]
        expected = [(item["title"], f"{item['probability'] * 100:.0f}%") for item in items]
        page.wait(lambda: offered(page) == expected, f"{expected}, found {offered(page)}")
        addresses = page.js("return [...document.querySelectorAll('.likewise-similar a')].map((a) => a.href)")
        equal(addresses, [f"{page.base}/q/{quoted(item['id'])}" for item in items], "the links")
        equal(send(page.base, "GET", urllib.parse.urlsplit(addresses[0]).path)[0], 200, "where the first one leads")
        page.one("#more").send_keys("墙面有划痕")
        items = api("POST", "/v1/duplicates/check", {"title": "房东不肯退押金怎么办", "body": "墙面有划痕", "limit": 3})["items"]
        page.wait(lambda: [title for title, _ in offered(page)] == [item["title"] for item in items], "the list for title and body")
        page.empty("#title")
        page.wait(lambda: not offered(page), "the list to go with the title")
        equal(page.errors(), [], "console errors")


def test_ask_script_never_shows_an_older_answer(page, servers):
    held = threading.Event()
    with embedded(page, servers) as (_, others), Proxy(page.base) as proxy:
        def hold_the_first(method, path):
            if (method, path) == ("POST", "/v1/duplicates/check") and len(proxy.asked(path)) == 1:
                held.wait(PATIENCE)
        proxy.answer = hold_the_first
        others.page = asking(proxy.url)
        page.open("/", others.url)
        page.one("#title").send_keys("landlord")
        page.wait(lambda: proxy.asked("/v1/duplicates/check"), "the first request")
        page.empty("#title")
        page.one("#title").send_keys("租房押金能抵房租吗")
        page.wait(lambda: offered(page)[:1] == [("租房押金能抵房租吗", "100%")], "the newer list")
        newer = offered(page)
        held.set()
        page.wait(lambda: any(b"landlord" in (body or b"") for body in proxy.done), "the older answer")
        page.let_pass(DEBOUNCE_MS)
        equal(offered(page), newer, "the list after the older answer")


def test_ask_script_is_silent_where_it_may_not_read(page, servers):
    with embedded(page, servers), Others() as strangers:
        strangers.page = asking(page.base)
        page.open("/", strangers.url)
        page.one("#title").send_keys("房东不肯退押金怎么办")
        page.wait(lambda: any("CORS" in error for error in page.errors()), "the browser's refusal")
        equal((page.text("#box"), page.value("#title")), ("write on", "房东不肯退押金怎么办"), "the box and the field")


def test_fragment_is_not_sent_again_where_it_is_known(page, servers):
    with embedded(page, servers) as (api, _):
        path = "/fragments/related/1?limit=3"
        status, headers, first = send(page.base, "GET", path)
        equal((status, bool(first)), (200, True), "the status at first")
        known = {"If-None-Match": headers["ETag"]}
        status, again, text = send(page.base, "GET", path, headers=known)
        equal((status, text, again["ETag"]), (304, b"", headers["ETag"]), "status, text and tag where it is known")
        api.put("7", title="房东不退押金怎么办呢")
        status, _, text = send(page.base, "GET", path, headers=known)
        equal((status, "怎么办呢" in text.decode()), (200, True), "the status after a new question, and whether it is listed")


def test_scripts_for_other_sites_are_small_and_kept(page, servers):
    for path, most in (("/widget.js", 4000), ("/ask.js", 4000)):
        status, headers, text = send(page.base, "GET", path)
        equal((status, len(text) < most), (200, True), f"status and size of {path}, {len(text)} bytes")
        equal(send(page.base, "GET", path, headers={"If-None-Match": headers["ETag"]})[0], 304, "the status where it is known")


# every page, for every reader


PAGES = {
    "home": "/", "list": "/?q=" + quoted("房东不退押金怎么办"), "question": "/q/traffic-01-a", "ask": "/ask?title=" + quoted(DRAFT),
    "duplicates": "/duplicates?min_probability=0.7", "status": "/status", "docs": "/docs", "nothing": "/nope",
}


def suits_everybody(page, path):
    page.forget()
    for tag, languages in (("zh-CN", LANGUAGES["zh"]), ("en", LANGUAGES["en"])):
        page.speak(languages)
        page.open(path)
        equal(page.one("html").get_dom_attribute("lang"), tag, f"the language for {languages}")
        equal([error for error in page.errors() if "404 (Not Found)" not in error], [], f"console errors, {tag}")
        equal((page.inline(), page.strangers()), (0, []), "inline code or style, and addresses outside the server")
        for size in (DESKTOP, PHONE):
            for scheme in ("light", "dark"):
                page.look(size, scheme)
                where = f"{tag}, {scheme}, {size[0]} pixels wide"
                equal(page.overflow(), 0, f"pixels too wide, {where}")
                equal(page.weak_contrast(), [], f"text of too little contrast, {where}")
                equal(page.barriers(), [], f"barriers, {where}")
        page.look()
    for code, tag in (("zh", "zh-CN"), ("en", "en")):
        page.open(f"{path}{'&' if '?' in path else '?'}lang={code}")
        equal(page.one("html").get_dom_attribute("lang"), tag, f"the language for ?lang={code}")
    policy = send(page.base, "GET", path, headers=HTML)[1]["Content-Security-Policy"]
    check("default-src 'self'" in policy and "unsafe" not in policy, f"the policy: {policy}")


def test_search_suits_everybody(page, servers):
    suits_everybody(page, PAGES["home"])
    suits_everybody(page, PAGES["list"])


def test_question_suits_everybody(page, servers):
    suits_everybody(page, PAGES["question"])


def test_ask_suits_everybody(page, servers):
    suits_everybody(page, PAGES["ask"])


def test_review_suits_everybody(page, servers):
    lists_are_there(page)
    suits_everybody(page, PAGES["duplicates"])


def test_status_suits_everybody(page, servers):
    suits_everybody(page, PAGES["status"])


def test_reference_suits_everybody(page, servers):
    suits_everybody(page, PAGES["docs"])


def test_page_of_nothing_suits_everybody(page, servers):
    suits_everybody(page, PAGES["nothing"])
    suits_everybody(page, "/q/no-such-question")


def test_keyboard_skips_to_the_content(page, servers):
    for path in ("/q/traffic-01-a", "/status", "/docs"):
        page.open(path)
        page.press(Keys.TAB)
        check(page.js("return document.activeElement.getBoundingClientRect().top >= 0"), f"the link to skip is not seen at {path}")
        page.press(Keys.ENTER)
        page.wait(lambda: page.focused() == "main", f"the focus on the content of {path}")


def test_pages_that_take_keys_suit_everybody(page, servers):
    with servers.fresh(page, samples=True, key=KEY):
        lists_are_there(page)
        for path in ("/ask", "/duplicates"):
            suits_everybody(page, path)


def test_pages_of_an_empty_server_suit_everybody(page, servers):
    with servers.fresh(page):
        lists_are_there(page)
        for path in ("/", "/ask", "/duplicates", "/status"):
            suits_everybody(page, path)


# running them


def screenshots(page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for look, size, scheme, language in (("desktop-light-zh", DESKTOP, "light", "zh"), ("phone-dark-en", PHONE, "dark", "en")):
        page.look(size, scheme)
        page.speak(LANGUAGES[language])
        for name, path in PAGES.items():
            page.open(path)
            page.driver.save_screenshot(str(folder / f"{name}-{look}.png"))


def main():
    parser = options(__doc__)
    parser.add_argument("program", type=Path, help="the likewise to test")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="likewise-pages-") as folder, browser(arguments) as page:
        servers = Servers(str(arguments.program.resolve()), Path(folder))
        with served(servers.program, servers.copy()) as page.base:
            code = run_all(globals(), arguments.only, page, servers)
            if arguments.screenshots:
                page.reset()
                screenshots(page, arguments.screenshots)
    return code


if __name__ == "__main__":
    sys.exit(main())
