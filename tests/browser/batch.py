#!/usr/bin/env python3
"""Tests of what the batch commands write, in a real browser: whole pages, and the page to review duplicates.

    python batch.py PATH/TO/likewise [--screenshots DIR]

It stores a few questions, hostile ones among them, in a folder of its own. One line a test; the exit code is 1 where one failed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--window-size=900,1000")
HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">房东不退押金"
QUESTIONS = [
    {"id": "a/1", "title": HOSTILE, "body": HOSTILE, "answer": HOSTILE, "author": HOSTILE, "category": HOSTILE},
    {"id": "a/2", "title": HOSTILE + "吗"},
    {"id": "b1", "title": "离婚后孩子抚养权归谁", "category": "family", "answer": "看谁更有利于孩子。"},
    {"id": "b2", "title": "离婚后孩子的抚养权归谁", "category": "family"},
    {"id": "c1", "title": "How do I appeal a parking fine?", "category": "traffic"},
    {"id": "c2", "title": "How can I appeal a parking fine", "category": "traffic"},
]


def likewise(program, data, *arguments):
    subprocess.run([program, "--data-dir", data, *arguments], check=True, capture_output=True)


def prepare(program, folder):
    questions = folder / "questions.jsonl"
    lines = [json.dumps({**question, "created_at": "2026-01-01T00:00:00Z"}, ensure_ascii=False) for question in QUESTIONS]
    questions.write_text("\n".join(lines), encoding="utf-8")
    data = str(folder / "data")
    likewise(program, data, "import", str(questions))
    likewise(program, data, "pages", "--format", "page", "--min-score", "0.6", "--out", str(folder / "site"))
    likewise(program, data, "duplicates", "find", "--min-probability", "0.5", "--out", str(folder / "duplicates.html"))


def page_of(folder, title):
    found = [path for path in (folder / "site").glob("*/*.html") if title in path.read_text(encoding="utf-8").split("</title>")[0]]
    assert len(found) == 1, f"{len(found)} pages are called {title}"
    return found[0].as_uri()


def test_a_page_shows_question_answer_and_both_lists_in_its_language(browser, folder):
    browser.get(page_of(folder, "离婚后孩子抚养权归谁"))
    assert browser.find_element(By.TAG_NAME, "h1").text == "离婚后孩子抚养权归谁"
    headings = [heading.text for heading in browser.find_elements(By.TAG_NAME, "h2")]
    assert headings == ["回答", "相关问题", "最新问题"], headings
    sections = browser.find_elements(By.TAG_NAME, "section")
    counts = [len(section.find_elements(By.CSS_SELECTOR, "li a")) for section in sections]
    # Of the other four, two are copies of the others: what fills a list holds none.
    assert counts == [1, 2], counts
    browser.get(page_of(folder, "How do I appeal a parking fine?"))
    headings = [heading.text for heading in browser.find_elements(By.TAG_NAME, "h2")]
    assert headings == ["Related questions", "Latest questions"], headings


def test_links_between_pages_lead_there(browser, folder):
    browser.get(page_of(folder, "离婚后孩子抚养权归谁"))
    browser.find_element(By.CSS_SELECTOR, "section li a").click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "离婚后孩子的抚养权归谁"


def test_hostile_text_is_text(browser, folder):
    for path in (folder / "site").glob("*/*.html"):
        browser.get(path.as_uri())
        assert browser.title != "taken", path
        assert not browser.find_elements(By.CSS_SELECTOR, "script, img"), path
    browser.get((folder / "duplicates.html").as_uri())
    assert browser.title == "Duplicate questions"
    assert any(HOSTILE in item.text for item in browser.find_elements(By.TAG_NAME, "li"))


def test_duplicates_are_filtered(browser, folder):
    browser.get((folder / "duplicates.html").as_uri())
    shown = lambda: len(browser.find_elements(By.TAG_NAME, "article"))
    assert shown() == 3, shown()
    Select(browser.find_element(By.ID, "category")).select_by_value("family")
    assert shown() == 1
    first = browser.find_element(By.CSS_SELECTOR, "li.first")
    assert "离婚后孩子抚养权归谁" in first.text and "answered" in first.text, first.text
    Select(browser.find_element(By.ID, "category")).select_by_value("")
    browser.find_element(By.ID, "text").send_keys("PARKING")
    assert shown() == 1
    assert browser.find_element(By.ID, "count").text == "1 shown"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--screenshots", type=Path)
    arguments = parser.parse_args()
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    failed = 0
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(arguments.program, folder)
        browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        try:
            for name, test in tests:
                try:
                    test(browser, folder)
                    print("ok    ", name)
                except Exception:
                    failed += 1
                    print("FAILED", name)
                    traceback.print_exc(file=sys.stdout)
                if arguments.screenshots:
                    arguments.screenshots.mkdir(parents=True, exist_ok=True)
                    browser.save_screenshot(str(arguments.screenshots / f"{name}.png"))
        finally:
            browser.quit()
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
