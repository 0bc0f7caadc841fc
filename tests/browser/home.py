#!/usr/bin/env python3
"""Tests of the page at `/` in a real browser, against a running server that holds the sample questions.

    apt-get install chromium chromium-driver fonts-noto-cjk
    pip install -r requirements.txt
    likewise serve --demo &
    python home.py http://127.0.0.1:7171 [--screenshots DIR] [--api-key KEY] [--only WORD]

One line a test; the last line is `N passed, M failed`. The exit code is 1 where one failed.
"""

import sys
import threading
import urllib.parse

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from support import DESKTOP, LANGUAGES, PATIENCE, PHONE, Api, Proxy, browser, check, equal, options, problem, quoted, run_all, send

QUESTION = "房东不退押金怎么办"
LONG = "我的房东一直不退押金该怎么办呢" * 130  # longer than the model reads, and than an address holds
HOSTILE_ID = "browser/test 1?"
HOSTILE_TITLE = "<img src=x onerror=alert(1)>"
DEBOUNCE_MS = 200  # as in home.js


# what the page shows


def view(page):
    return page.one("body").get_dom_attribute("data-view")


def related(page, unlike=None):
    """The ids of the list, once there is one (other than `unlike`) and nothing is under way."""
    def drawn():
        ids = page.ids("#related")
        return ids if ids and ids != unlike and view(page) == "list" and not page.all("[aria-busy]") else None
    return page.wait(drawn, "a list of related questions")


def scores(page):
    return [float(text) for text in page.texts("#related .value")]


def ask(page, text):
    """Types a question; gives the ids of its list."""
    page.one("#q").send_keys(text)
    page.wait(lambda: page.parameters().get("q") == text, f"the question in the address: {text}")
    return related(page)


def follow(page, place, nth=0):
    """Presses "related to this" on an item; gives its id and title."""
    item = page.wait(lambda: page.all(f"{place} .item")[nth:], f"items in {place}")[0]
    asked = item.get_dom_attribute("data-id"), item.find_element(By.CSS_SELECTOR, ".title").text
    page.click(f"{place} .item .like", nth)
    page.wait(lambda: asked[1] in page.text("#results-heading") and not page.all("[aria-busy]"), f"the list of {asked[0]}")
    return asked


def searching(text, **parameters):
    return "/?" + urllib.parse.urlencode({"q": text, **parameters})


# the tests


def test_loads_without_console_errors(page, api):
    page.open()
    ask(page, QUESTION)
    equal(page.errors(), [], "console errors")
    equal(page.strangers(), [], "addresses outside the server")
    equal(page.inline(), 0, "inline code or style")


def test_content_security_policy_is_sent(page, api):
    policy = send(page.base, "GET", "/")[1].get("Content-Security-Policy") or ""
    for part in ("default-src 'self'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        check(part in policy, f"the policy lacks {part}: {policy!r}")
    check("unsafe" not in policy, f"the policy allows what is unsafe: {policy!r}")


def test_latest_is_shown(page, api):
    expected = api("GET", "/v1/questions/latest?limit=10")["items"]
    page.open()
    equal(page.ids("#latest"), [item["id"] for item in expected], "the latest questions")
    equal(page.texts("#latest .title"), [item["title"] for item in expected], "their titles")
    check(not page.one("#results").is_displayed(), "an empty list of results is shown")


def test_number_of_questions_is_shown(page, api):
    stored = api("GET", "/v1/status")["questions"]
    page.open()
    check(f"{stored:,}" in page.text("#stored"), f"the number {stored:,} is not shown")


def test_typing_shows_related_with_descending_scores(page, api):
    page.open()
    ids = ask(page, QUESTION)
    equal(len(ids), 20, "how many are listed")
    equal(scores(page), sorted(scores(page), reverse=True), "the order of the scores")
    equal(ids, api.related(text=QUESTION), "the list")
    check("20" in page.text("#summary") and "毫秒" in page.text("#summary"), "no word on how long it took")
    equal(page.parameters(), {"q": QUESTION}, "the address")
    check("20" in page.text("#live"), "nothing is announced")


def test_description_is_clamped_to_two_lines(page, api):
    page.open(searching(QUESTION))
    lines = page.js("""return [...document.querySelectorAll('#related .text')].map((text) =>
        text.clientHeight / parseFloat(getComputedStyle(text).lineHeight))""")
    check(lines and max(lines) < 2.2, f"descriptions of {lines} lines")


def test_older_answer_never_overtakes(page, api):
    held = threading.Event()
    with Proxy(page.base) as proxy:
        def hold_the_first(method, path):
            if path == "/parts/related" and len(proxy.asked(path)) == 1:
                held.wait(PATIENCE)
        proxy.answer = hold_the_first
        page.open("/", proxy.url)
        page.one("#q").send_keys("工伤")
        page.wait(lambda: proxy.asked("/parts/related"), "the first request")
        page.one("#q").send_keys("认定要多久")
        page.wait(lambda: page.parameters().get("q") == "工伤认定要多久", "the newer question in the address")
        ids = related(page)
        held.set()
        page.wait(lambda: proxy.is_done(q="工伤"), "the older answer")
        page.round_trip()
        equal(page.ids("#related"), ids, "the list after the older answer")
        equal(ids, api.related(text="工伤认定要多久"), "the list of the newer question")


def test_half_written_pinyin_is_not_sent(page, api):
    with Proxy(page.base) as proxy:
        page.open("/", proxy.url)
        page.compose("gong")
        equal(page.value("#q"), "gong", "the field while composing")
        page.let_pass(3 * DEBOUNCE_MS)
        page.round_trip()
        page.insert("工伤")
        related(page)
        equal([asked["q"] for asked in proxy.asked("/parts/related")], ["工伤"], "what was asked")


def test_related_to_this(page, api):
    page.open(searching(QUESTION))
    for place in ("#related", "#latest"):
        asked, title = follow(page, place, 1)
        ids = related(page)
        check(asked not in ids, f"{asked} is listed as related to itself")
        equal(ids, api.related(id=asked), f"the list of {asked}")
        equal(page.parameters(), {"id": asked}, "the address")
        check(title in page.driver.title, "the title of the window does not name the question")
        equal(page.value("#q"), "", "the search field")
        equal(page.focused(), "results-heading", "where the focus went")
        equal(scores(page), sorted(scores(page), reverse=True), "the order of the scores")


def test_title_leads_to_the_question_and_back_to_the_list(page, api):
    page.open()
    ids = ask(page, QUESTION)
    page.click("#related .title")
    page.arrive(f"/q/{ids[0]}")
    equal(page.text("h1"), api("GET", f"/v1/questions/{ids[0]}")["title"], "the heading of its page")
    page.driver.back()
    page.arrive("/")
    equal(related(page), ids, "the list after going back")
    equal(page.value("#q"), QUESTION, "the search field after going back")


def test_back_and_forward(page, api):
    page.open()
    first = ask(page, QUESTION)
    asked, _ = follow(page, "#related")
    second = related(page, unlike=first)
    page.driver.back()
    equal(related(page, unlike=second), first, "the list after going back")
    equal(page.value("#q"), QUESTION, "the search field after going back")
    page.driver.back()
    page.wait(lambda: view(page) == "idle", "the bare page after going back twice")
    equal(page.value("#q"), "", "the search field after going back twice")
    page.driver.forward()
    equal(related(page), first, "the list after going forward")
    page.driver.forward()
    equal(related(page, unlike=first), second, "the list after going forward twice")
    equal(page.parameters(), {"id": asked}, "the address after going forward twice")


def test_deep_link_to_a_text_needs_no_request(page, api):
    with Proxy(page.base) as proxy:
        page.open(searching(QUESTION), proxy.url)
        equal(page.ids("#related"), api.related(text=QUESTION), "the list")
        equal(page.value("#q"), QUESTION, "the search field")
        check(QUESTION in page.driver.title, "the title of the window does not name the question")
        page.let_pass(3 * DEBOUNCE_MS)
        page.round_trip()
        equal([path for _, path, _ in proxy.seen if path.startswith("/parts/")], [], "requests of the script")


def test_deep_link_to_a_stored_question(page, api):
    question = api("GET", "/v1/questions/latest?limit=1")["items"][0]
    page.open("/?" + urllib.parse.urlencode({"id": question["id"]}))
    equal(page.ids("#related"), api.related(id=question["id"]), "the list")
    check(question["title"] in page.text("#results-heading"), "the heading does not name the question")


def test_unknown_id_is_an_error(page, api):
    page.open("/?id=no-such-question")
    notice = page.one(".notice")
    check("没有这个问题" in notice.text and "no-such-question" in notice.text, f"the error is not told: {notice.text}")
    equal(send(page.base, "GET", "/?id=no-such-question")[0], 404, "the status")


def test_question_that_is_gone_is_an_error(page, api):
    api.put(HOSTILE_ID, title=QUESTION)
    try:
        page.open(searching(QUESTION))
        place = page.ids("#related").index(HOSTILE_ID)
    finally:
        api("DELETE", "/v1/questions/" + quoted(HOSTILE_ID))
    page.click("#related .like", place)
    page.wait(lambda: HOSTILE_ID in page.one("#results .notice").text, "the word on a question that is gone")
    page.driver.back()
    related(page)


def test_long_question_survives_a_reload(page, api):
    page.open()
    page.insert(LONG)
    first = related(page)
    equal(page.parameters(), {}, "the address")
    page.driver.refresh()
    equal(related(page), first, "the list after a reload")
    equal(page.value("#q"), LONG, "the search field after a reload")


def test_truncated_question_is_noted(page, api):
    page.open()
    page.insert(LONG)
    related(page)
    check(page.one("#truncated").is_displayed(), "no note on a truncated question")
    page.empty("#q")
    page.one("#q").send_keys(QUESTION)
    page.wait(lambda: not page.all("#truncated"), "the note to go")


def test_language_switch(page, api):
    page.speak(LANGUAGES["en"])
    page.open(searching(QUESTION))
    equal(page.one("html").get_dom_attribute("lang"), "en", "the language of an English reader's page")
    equal(page.text("#latest-heading"), "Latest questions", "the heading")
    ids = related(page)
    page.click("#switch")
    page.wait(lambda: page.text("#latest-heading") == "最新问题", "the Chinese heading")
    equal(page.one("html").get_dom_attribute("lang"), "zh-CN", "the language after the switch")
    equal((page.value("#q"), related(page)), (QUESTION, ids), "what was looked for")
    for path in ("/", "/status"):
        page.open(path)
        equal(page.one("html").get_dom_attribute("lang"), "zh-CN", f"the language of {path} afterwards")


def test_language_switch_keeps_what_was_typed(page, api):
    page.open()
    ids = ask(page, QUESTION)
    page.click("#languages [data-language='en']")
    english = related(page, unlike=ids)
    page.click("#switch")
    page.wait(lambda: page.text("#latest-heading") == "Latest questions", "the English heading")
    equal((page.value("#q"), related(page)), (QUESTION, english), "what was looked for")


def test_chinese_reader_gets_chinese(page, api):
    page.speak("zh-TW,zh,en")
    page.open()
    equal(page.one("html").get_dom_attribute("lang"), "zh-CN", "the language")


def chosen(page, place):
    return page.texts(f"{place} .chip[aria-current=true]")


def test_filter_by_language(page, api):
    page.open(searching(QUESTION))
    every = related(page)
    equal(len(chosen(page, "#languages")), 1, "chosen chips")
    page.click("#languages [data-language='en']")
    equal(related(page, unlike=every), api.related(text=QUESTION, filter={"language": ["en"]}), "the English list")
    equal(page.parameters(), {"q": QUESTION, "language": "en"}, "the address")
    equal(chosen(page, "#languages"), page.texts("#languages [data-language='en']"), "the chosen chip")
    latest = api("GET", "/v1/questions/latest?limit=10&language=en")["items"]
    page.wait(lambda: page.ids("#latest") == [item["id"] for item in latest], "the latest English questions")
    page.click("#languages [data-language='']")
    page.wait(lambda: page.ids("#related") == every, "the list in all languages")
    page.driver.back()
    page.wait(lambda: chosen(page, "#languages") == page.texts("#languages [data-language='en']"), "the chip after going back")


def test_filter_by_category(page, api):
    page.open(searching(QUESTION, language="zh"))
    every = related(page)
    page.click("#categories [data-category='housing']")
    expected = api.related(text=QUESTION, filter={"language": ["zh"], "category": ["housing"]})
    equal(related(page, unlike=every), expected, "the list of one category")
    equal(page.parameters(), {"q": QUESTION, "language": "zh", "category": "housing"}, "the address")
    equal(chosen(page, "#categories"), page.texts("#categories [data-category='housing']"), "the chosen chip")
    page.driver.refresh()
    equal(related(page), expected, "the list after a reload")


def test_filter_holds_for_a_stored_question(page, api):
    asked = api("GET", "/v1/questions/latest?limit=1&language=zh")["items"][0]["id"]
    page.open("/?" + urllib.parse.urlencode({"id": asked, "language": "en"}))
    equal(related(page), api.related(id=asked, filter={"language": ["en"]}), "the English list of a Chinese question")


def test_links_of_chips_keep_up_with_what_is_typed(page, api):
    page.open()
    ask(page, QUESTION)
    address = page.one("#languages [data-language='en']").get_property("href")
    parameters = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    equal(parameters, {"q": QUESTION, "language": "en"}, "what the chip opens in a new tab")


def test_chip_pressed_at_once_keeps_what_was_typed(page, api):
    page.open()
    # Before the page's script listens, the chip is a plain link.
    page.wait(lambda: page.js("""const field = document.getElementById('q');
        field.value = arguments[0];
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        const listens = !document.getElementById('clear').hidden;
        if (listens) document.querySelector("#languages [data-language='en']").click();
        else field.value = '';
        return listens""", QUESTION), "the page to listen")
    page.wait(lambda: page.parameters().get("language"), "the language in the address")
    page.wait(lambda: page.parameters() == {"q": QUESTION, "language": "en"}, "both in the address")
    equal(related(page), api.related(text=QUESTION, filter={"language": ["en"]}), "the list")


def test_typing_goes_on_at_the_end(page, api):
    page.open(searching(QUESTION))
    page.press("呢")
    equal(page.value("#q"), QUESTION + "呢", "the search field")


def test_clear_button(page, api):
    page.open(searching(QUESTION))
    page.click("#clear")
    page.wait(lambda: view(page) == "idle", "the bare page")
    equal(page.parameters(), {}, "the address")
    equal(page.focused(), "q", "where the focus went")
    check(not page.one("#clear").is_displayed(), "the button stays on an empty field")


def test_keyboard_only(page, api):
    page.open()
    equal(page.focused(), "q", "the focus at first")
    page.press(QUESTION, Keys.ENTER)
    page.wait(lambda: page.parameters().get("q") == QUESTION, "the question in the address")
    first = related(page)
    equal(page.value("#q"), QUESTION, "Enter left a mark in the field")
    for _ in range(60):
        page.press(Keys.TAB)
        if "like" in page.focused("className").split():
            break
    check("like" in page.focused("className").split(), "Tab never reaches a link of the list")
    outline = page.js("const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)]")
    check(outline[0] != "none" and outline[1] >= 2, f"the focus is not visible: {outline}")
    page.press(Keys.ENTER)
    related(page, unlike=first)
    equal(page.focused(), "results-heading", "the focus on the new list")
    equal(page.parameters(), {"id": first[0]}, "the address")
    equal(page.js("return [...document.querySelectorAll('[tabindex]')].filter((e) => e.tabIndex > 0).length"), 0, "positive tabindex")


def test_names_for_screen_readers(page, api):
    page.open(searching(QUESTION))
    nodes = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    found = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if "role" in node and not node["ignored"]}
    roles = {role for role, _ in found}
    for role in ("main", "search", "complementary", "banner", "navigation", "contentinfo", "heading", "list", "status"):
        check(role in roles, f"there is no {role}")
    nameless = [role for role, name in found if role in ("button", "link", "textbox", "searchbox") and not name.strip()]
    equal(nameless, [], "controls without a name")


def test_hostile_text_stays_text(page, api):
    api.put(HOSTILE_ID, title=HOSTILE_TITLE, body="<script>alert(2)</script>", category="<b>bold</b>", language="en")
    try:
        page.open(searching(HOSTILE_TITLE, category="<i>no</i>", language="en"))
        check("<i>no</i>" in page.text("#categories"), "the chosen category is not shown as it was written")
        page.open(searching(HOSTILE_TITLE))
        check(HOSTILE_ID in page.ids("#related"), "the question is not found by its own title")
        check(HOSTILE_TITLE in page.texts("#related .title"), "the title is not shown as it was written")
        equal(page.value("#q"), HOSTILE_TITLE, "the search field")
        page.click("#related .like", page.ids("#related").index(HOSTILE_ID))
        page.wait(lambda: HOSTILE_TITLE in page.text("#results-heading"), "the heading that names the question")
        page.open("/?" + urllib.parse.urlencode({"id": HOSTILE_ID}))
        check(HOSTILE_ID not in page.ids("#related"), "the question is listed as related to itself")
        check(HOSTILE_TITLE in page.text("#results-heading"), "the heading does not name the question")
        equal(len(page.all("main img, main script, main b, main i")), 0, "elements that came out of text")
        equal(page.errors(), [], "console errors")
    finally:
        api("DELETE", "/v1/questions/" + quoted(HOSTILE_ID))


def test_duplicates_of_an_item_can_be_opened(page, api):
    title, ids = "我家的猫把邻居的无人机扑下来了要赔吗", ["browser-cat-1", "browser-cat-2"]
    for id in ids:
        api.put(id, title=title)
    try:
        page.open(searching(title))
        check(len(set(ids) & set(page.ids("#related"))) == 1, "of two equal questions not one is listed")
        page.click("#related details summary")
        page.wait(lambda: page.one("#related details .title").is_displayed(), "the duplicate")
        equal(page.text("#related details .title"), title, "the duplicate")
    finally:
        for id in ids:
            api("DELETE", f"/v1/questions/{id}")


def test_narrow_screen_has_no_sideways_scrolling(page, api):
    page.look(PHONE)
    page.open()
    equal(page.overflow(), 0, "pixels too wide, bare page")
    for path in (searching(QUESTION), "/?" + urllib.parse.urlencode({"id": page.ids("#latest")[0]}), searching("w" * 300)):
        page.open(path)
        related(page)
        equal(page.overflow(), 0, f"pixels too wide, {path[:20]}")
    beside = page.js("""const [a, b] = ['#results', 'aside'].map((s) => document.querySelector(s).getBoundingClientRect());
        return b.top < a.bottom""")
    check(not beside, "on a phone the latest do not stand below")


def test_contrast_is_enough_in_light_and_dark(page, api):
    copy = api("GET", "/v1/questions/latest?limit=1&language=zh")["items"][0]["title"]
    for scheme in ("light", "dark"):
        page.look(DESKTOP, scheme)
        page.open()
        page.insert(copy + "？" + LONG)
        related(page)
        check(page.one("#truncated").is_displayed(), "no note on a truncated question")
        equal(page.weak_contrast(), [], f"text of too little contrast, {scheme}, a long question")
        page.open(searching(copy))
        check(page.all(".chip.same"), "no chip for a likely duplicate")
        equal(page.weak_contrast(), [], f"text of too little contrast, {scheme}")


def test_nothing_found(page, api):
    page.open(searching(QUESTION, category="no-such-category"))
    check("没有找到" in page.one("#related .notice").text, "no word on an empty list")
    page.one("#q").send_keys("呢")
    page.wait(lambda: "没有找到" in page.text("#live"), "the announcement of an empty list")
    check("没有找到" in page.one("#related .notice").text, "no word on an empty list that the script asked for")


def test_overloaded_server_is_asked_again(page, api):
    failures = iter([2, 1])
    with Proxy(page.base) as proxy:
        def answer(method, path):
            wait = next(failures, None) if path == "/parts/related" else None
            return wait and problem(503, "Overloaded", "The queue is full.", **{"Retry-After": str(wait)})
        proxy.answer = answer
        page.open("/", proxy.url)
        page.one("#q").send_keys(QUESTION)
        page.wait(lambda: "2 秒后自动重试" in page.text("#results"), "the word on a retry in 2 seconds")
        check("服务器正忙" in page.text("#live"), "a busy server is not announced")
        page.wait(lambda: "1 秒后自动重试" in page.text("#results"), "the countdown")
        equal(len(related(page)), 20, "the list after the retries")
        equal(len(proxy.asked("/parts/related")), 3, "requests")
        equal(page.all("#results .notice"), [], "the note after the retries")


def test_error_of_the_server_is_shown(page, api):
    with Proxy(page.base) as proxy:
        fault = problem(422, "Too long", "`text` has <b>too</b> many characters.")
        proxy.answer = lambda method, path: fault if path == "/parts/related" else None
        page.open("/", proxy.url)
        page.one("#q").send_keys(QUESTION)
        notice = page.one("#results .notice")
        check("Too long" in notice.text and "`text` has <b>too</b> many characters." in notice.text, f"the error is not shown: {notice.text}")
        check("Too long" in page.text("#live"), "the error is not announced")
        proxy.answer = lambda method, path: None
        page.click("#results .action")
        related(page)


def test_unreachable_server(page, api):
    with Proxy(page.base) as proxy:
        page.open("/", proxy.url)
        proxy.gone = True
        page.one("#q").send_keys(QUESTION)
        page.wait(lambda: "连接不上服务器" in page.text("#results"), "the word on an unreachable server")
        proxy.gone = False
        page.click("#results .action")
        equal(len(related(page)), 20, "the list once the server is back")


def test_search_works_without_javascript(page, api):
    with page.without_scripts():
        page.open()
        page.one("#q").send_keys(QUESTION)
        page.click("#form .go")
        page.wait(lambda: page.parameters().get("q") == QUESTION, "the question in the address")
        equal(page.ids("#related"), api.related(text=QUESTION), "the list")
        page.click("#languages [data-language='en']")
        page.wait(lambda: page.parameters().get("language") == "en", "the language in the address")
        english = api.related(text=QUESTION, filter={"language": ["en"]})
        equal(page.ids("#related"), english, "the English list")
        page.empty("#q")
        page.one("#q").send_keys("工伤")
        page.click("#form .go")
        page.wait(lambda: page.parameters().get("q") == "工伤", "another question in the address")
        equal(page.ids("#related"), api.related(text="工伤", filter={"language": ["en"]}), "the list of another question")


def test_links_work_without_javascript(page, api):
    with page.without_scripts():
        page.open(searching(QUESTION))
        first = page.ids("#related")[0]
        page.click("#related .like")
        page.wait(lambda: page.parameters() == {"id": first}, "the id in the address")
        equal(page.ids("#related"), api.related(id=first), f"the list of {first}")
        page.click("#switch")
        page.wait(lambda: page.text("#latest-heading") == "Latest questions", "the English heading")
        second = page.ids("#related")[0]
        page.click("#related .title")
        page.arrive(f"/q/{second}")


def test_what_needs_javascript_is_hidden_without(page, api):
    page.open()
    check(not page.one("#form .go").is_displayed(), "the button is shown though the list comes by itself")
    with page.without_scripts():
        page.open()
        check(page.one("#form .go").is_displayed(), "no button to search with")
        check(not page.one("#clear").is_displayed(), "a button that cannot work is shown")


# running them


def screenshots(page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            page.look(size, scheme)
            page.open()
            page.driver.save_screenshot(str(folder / f"{name}-{scheme}-latest.png"))
            page.open(searching(QUESTION))
            page.driver.save_screenshot(str(folder / f"{name}-{scheme}-related.png"))


def main():
    parser = options(__doc__)
    parser.add_argument("base", help="where the server is, such as http://127.0.0.1:7171")
    parser.add_argument("--api-key", help="a key that may write, where the server has keys")
    arguments = parser.parse_args()
    with browser(arguments) as page:
        page.base = arguments.base.rstrip("/")
        code = run_all(globals(), arguments.only, page, Api(page.base, arguments.api_key))
        if arguments.screenshots:
            page.reset()
            screenshots(page, arguments.screenshots)
    return code


if __name__ == "__main__":
    sys.exit(main())
