"""Reports as browsers show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.integration.aws import fresh_aws
from tests.integration.browser import BROWSER, DRIVER, MISSING, Browser, open_browser
from tests.integration.conftest import World, flow
from tests.integration.flows import fetch, start, transform
from tests.integration.report_samples import five_nodes, two_hundred_nodes
from tests.integration.reports import Stage, log, read_report, stage

pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason=MISSING)

SIZES = [pytest.param((1280, 900), id="desk"), pytest.param((360, 740), id="phone")]
HOSTILE = (
    "</script></title></style></pre></svg><img src=https://example.com/x onerror=document.title='ran'>"
    "<svg onload=document.title='ran'><script>document.title='ran'</script>\u202e\u2028'\"><!--"
)
SHOWN = """
    return [...document.querySelectorAll(".lines li")].filter(line => line.checkVisibility())
      .map(line => ({node: line.dataset.node, text: line.textContent}))
"""
"""The lines of the log that one sees."""


@dataclass(frozen=True)
class Sample:
    page: Path
    nodes: int
    failed: str


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    """Reports of executions with a failed node, a branch not taken, a loop, further tries; a hostile one."""
    folder = tmp_path_factory.mktemp("pages")
    with fresh_aws():
        world = World()
        made = {
            "five": Sample(folder / "five.html", 7, "ship"),
            "two hundred": Sample(folder / "many.html", 202, "tail-3"),
            "hostile": Sample(folder / "hostile.html", 3, "last"),
        }
        made["five"].page.write_text(read_report(world, five_nodes(world)))
        made["two hundred"].page.write_text(read_report(world, two_hundred_nodes(world)))
        made["hostile"].page.write_text(read_report(world, hostile(world)))
    return made


def hostile(world: World) -> str:
    """An execution of which all that others wrote is markup."""
    definition = flow(
        start(),
        transform("odd", name=HOSTILE[:200]),
        fetch("last", name="W" * 200),
        edges=[("start", "odd"), ("odd", "last")],
    )
    how = Stage(outputs={"odd": {HOSTILE: [HOSTILE, "x" * 3_000]}}, failed="last", error=HOSTILE * 9)
    execution_id = stage(world, {**definition, "name": HOSTILE}, how, {HOSTILE: HOSTILE})
    log(execution_id, "odd", [("INFO", 1.0, HOSTILE), ("ERROR", 1.1, "W" * 16_000)])
    return execution_id


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(params=["five", "two hundred", "hostile"])
def sample(request: pytest.FixtureRequest, pages: dict[str, Sample]) -> Sample:
    return pages[request.param]


def test_hostile_report_is_nothing_but_text(pages: dict[str, Sample], browser: Browser) -> None:
    browser.open(pages["hostile"].page, width=1280, height=900)
    browser.run("document.querySelectorAll('details').forEach(each => { each.open = true; })")

    names = "return [...new Set([...document.querySelectorAll('*')].map(each => each.localName))]"
    assert not {"img", "iframe", "object", "embed"} & set(browser.run(names))
    assert browser.run("return document.scripts.length") == 1
    assert browser.run("return document.title").endswith("· failed")
    assert (browser.said(), browser.requested()) == ([], [pages["hostile"].page.as_uri()])


@pytest.mark.parametrize("size", SIZES)
def test_page_is_whole_and_legible(sample: Sample, browser: Browser, size: tuple[int, int]) -> None:
    browser.open(sample.page, width=size[0], height=size[1])

    assert browser.said() == []
    assert browser.requested() == [sample.page.as_uri()]
    assert browser.run("return document.querySelectorAll('a.node').length") == sample.nodes
    assert browser.run("return document.documentElement.scrollWidth") <= size[0]
    smallest = """
        const sizes = [...document.querySelectorAll("body *")]
          .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
          .filter(each => !each.closest("script, title, svg"))
          .map(each => parseFloat(getComputedStyle(each).fontSize));
        const scaled = [...document.querySelectorAll(".picture text")].map(each =>
          parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a);
        return [Math.min(...sizes), Math.min(...scaled)];
    """
    assert min(browser.run(smallest)) >= 11


def test_text_of_the_graph_is_within_its_boxes(sample: Sample, browser: Browser) -> None:
    browser.open(sample.page, width=1280, height=900)

    outside = """
        const boxes = [...document.querySelectorAll("a.node, .label")];
        return boxes.flatMap(box => {
          const room = box.querySelector("rect").getBBox();
          return [...box.querySelectorAll("text")].filter(text => {
            const taken = text.getBBox();
            return taken.x < room.x || taken.x + taken.width > room.x + room.width
              || taken.y < room.y || taken.y + taken.height > room.y + room.height;
          }).map(text => text.textContent);
        });
    """
    assert browser.run(outside) == []


def test_text_of_the_graph_is_beside_the_status(sample: Sample, browser: Browser) -> None:
    browser.open(sample.page, width=1280, height=900)

    touching = """
        return [...document.querySelectorAll("a.node")].filter(node => {
          const name = node.querySelector(".name").getBoundingClientRect();
          return name.right > node.querySelector(".badge").getBoundingClientRect().left;
        }).map(node => node.dataset.node);
    """
    assert browser.run(touching) == []


def test_failed_node_is_in_view_and_a_click_on_it_says_why(sample: Sample, browser: Browser) -> None:
    browser.open(sample.page, width=1280, height=900)
    node = browser.driver.find_element("css selector", f'a.node[data-node="{sample.failed}"]')
    seen = """
        const node = arguments[0].getBoundingClientRect();
        const view = document.querySelector(".canvas").getBoundingClientRect();
        return node.top >= view.top && node.bottom <= view.bottom
          && node.left >= view.left && node.right <= view.right;
    """
    assert browser.run(seen, node)

    node.click()

    panel = browser.driver.find_element("id", "panel")
    assert "failed" in panel.text
    assert f"Id\n{sample.failed}" in panel.text
    assert "Error\nhttp_status" in panel.text

    panel.find_element("xpath", ".//button[text()='Lines of its log']").click()

    shown = browser.run(SHOWN)
    assert {line["node"] for line in shown} == {sample.failed}


def test_keyboard_reaches_nodes_and_chooses_them(pages: dict[str, Sample], browser: Browser) -> None:
    browser.open(pages["five"].page, width=1280, height=900)

    browser.run("document.querySelector('.canvas').focus()")
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    focused = browser.driver.switch_to.active_element
    focused.send_keys(Keys.ENTER)

    assert (
        focused.get_attribute("data-node") == browser.driver.find_element("css selector", "#panel code").text
    )


def test_log_is_filtered_by_level_node_and_text(pages: dict[str, Sample], browser: Browser) -> None:
    browser.open(pages["five"].page, width=1280, height=900)

    def lines(**chosen: str) -> list[str]:
        script = """
            const form = document.querySelector("#log-filters");
            for (const name of ["level", "node", "text"]) form[name].value = arguments[0][name] ?? "";
            form.dispatchEvent(new Event("input"));
            return document.querySelector("#line-count").textContent;
        """
        count, found = browser.run(script, chosen), browser.run(SHOWN)
        assert count == f"{len(found)} lines"
        return [line["text"] for line in found]

    whole = lines()
    assert len(whole) == 14
    assert [line for line in whole if "ERROR" in line] == lines(level="ERROR") != []
    assert len(lines(level="WARNING", node="ship")) == 2
    assert len(lines(text="TRY 2 FAILED")) == 1
    assert lines(text="no such line") == []
    assert browser.run("return document.querySelector('#no-line').checkVisibility()")


def test_graph_is_zoomed_to_fit_and_back(pages: dict[str, Sample], browser: Browser) -> None:
    browser.open(pages["two hundred"].page, width=1280, height=900)
    overflow = """
        const canvas = document.querySelector(".canvas");
        document.querySelector(`[data-zoom=${arguments[0]}]`).click();
        return canvas.scrollHeight > canvas.clientHeight || canvas.scrollWidth > canvas.clientWidth;
    """

    assert not browser.run(overflow, "fit")
    assert browser.run(overflow, "whole")


def test_without_scripts_all_but_what_needs_them_is_there(pages: dict[str, Sample], browser: Browser) -> None:
    sample = pages["five"]
    browser.open(sample.page, width=1280, height=900, runs_scripts=False)

    visible = (
        "return [...document.querySelectorAll(arguments[0])].filter(each => each.checkVisibility()).length"
    )
    assert browser.run(visible, ".tools, #panel, #log-filters") == 0
    assert browser.run(visible, "a.node") == sample.nodes
    assert browser.run(visible, ".lines li") == 14
    browser.driver.find_element("css selector", f'a.node[data-node="{sample.failed}"]').click()
    # Links open what they lead into by themselves.
    assert browser.run(f"return document.getElementById('n-{sample.failed}').closest('details').open")
