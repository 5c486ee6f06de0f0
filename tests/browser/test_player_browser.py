"""The player as people use it. Where time matters, the browser's clock is stopped and moved by hand."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from waiting import eventually

from explorer import player
from stickgen.motion import Performance

APP = Path(__file__).parent / "player_app.py"
FRAMES = 100
RATE = 25
DURATION = (FRAMES - 1) / RATE
NUDGE = 1 / RATE / 2
TEN_FRAMES = """() => new Promise(resolve => {
  let left = 10;
  const count = () => (left-- ? requestAnimationFrame(count) : resolve());
  count();
})"""

Page = Any


@pytest.fixture(scope="module")
def url(serve: Any) -> str:
    return serve(APP)


@pytest.fixture
def open_player(open_page: Any, url: str) -> Any:
    """`open_player("figures=2", ...) -> page` with the player drawn."""

    def open_drawn(query: str = "", **options: Any) -> Page:
        page = open_page(f"{url}/?{query}", **options)
        page.locator(".player[data-frame]").wait_for()
        return page

    return open_drawn


def picture(page: Page) -> str:
    """The canvas's pixels, as text to compare."""
    return page.locator(".drawing").evaluate("canvas => canvas.toDataURL()")


def position(page: Page) -> float:
    """The scrubber's position in seconds."""
    return float(page.get_by_role("slider", name="Position").input_value())


def is_playing(page: Page) -> bool:
    return page.locator(".player").get_attribute("data-playing") == "true"


def wait_until_moved(page: Page) -> None:
    before = position(page)
    eventually(page, lambda: abs(position(page) - before) > NUDGE)


def test_it_draws_and_moves_by_itself_sharp_and_filled(open_player: Any) -> None:
    page = open_player(device_scale_factor=2)
    assert is_playing(page)
    first = picture(page)
    wait_until_moved(page)
    assert picture(page) != first
    size = page.locator(".drawing").evaluate("c => [c.width, c.clientWidth, c.height, c.clientHeight]")
    assert size[0] == 2 * size[1] > 0
    assert size[2] == 2 * size[3] > 0
    count = """canvas => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        const counts = {};
        for (let i = 0; i < data.length; i += 4) {
            const colour = '#' + [0, 1, 2].map((k) => data[i + k].toString(16).padStart(2, '0')).join('');
            counts[colour] = (counts[colour] ?? 0) + 1;
        }
        const style = getComputedStyle(canvas);
        const of = (name) => counts[style.getPropertyValue('--' + name).trim()] ?? 0;
        return Object.fromEntries(['left', 'right', 'core', 'floor'].map((name) => [name, of(name)]));
    }"""
    drawn, behind = (page.locator(name).evaluate(count) for name in (".drawing", ".backdrop"))
    assert min(drawn["left"], drawn["right"], drawn["core"], behind["floor"]) > 500, (drawn, behind)


def test_everything_works_by_keyboard(open_player: Any) -> None:
    page = open_player()
    page.get_by_role("button", name="Pause").press("Space")
    assert not is_playing(page)
    play = page.get_by_role("button", name="Play", exact=True)
    play.press("Home")
    assert position(page) == 0
    play.press("ArrowRight")
    play.press("ArrowRight")
    assert position(page) == pytest.approx(2 / RATE)
    play.press("ArrowLeft")
    assert position(page) == pytest.approx(1 / RATE)
    play.press("End")
    assert position(page) == pytest.approx(DURATION)
    play.press("-")
    assert page.get_by_role("combobox", name="Speed").input_value() == "0.5"
    play.press("+")
    play.press("+")
    assert page.get_by_role("combobox", name="Speed").input_value() == "1.5"
    slider = page.get_by_role("slider", name="Position")
    assert "frame 100" in slider.get_attribute("aria-valuetext")
    slider.press("Space")
    assert is_playing(page)
    slider.press("Space")
    assert not is_playing(page)
    for name in ("Loop", "Trail"):
        button = page.get_by_role("button", name=name)
        before = button.get_attribute("aria-pressed")
        button.press("Space")
        assert button.get_attribute("aria-pressed") != before
    order = []
    page.get_by_role("button", name="Previous frame").focus()
    for _ in range(7):
        order.append(page.evaluate("document.activeElement.shadowRoot.activeElement.className"))
        page.keyboard.press("Tab")
    assert order == ["previous", "play", "next", "scrubber", "loop", "trail", "speed"]


def test_speed_is_what_it_says(open_player: Any) -> None:
    page = open_player(stopped_clock=True)
    for speed in (0.25, 1, 2):
        page.get_by_role("slider", name="Position").press("Home")
        page.get_by_role("combobox", name="Speed").select_option(str(speed))
        page.clock.run_for(100)
        before = position(page)
        page.clock.run_for(1000)
        assert position(page) - before == pytest.approx(speed, abs=0.05 * speed)


def test_it_loops_and_without_loop_stops_at_the_end(open_player: Any) -> None:
    page = open_player(stopped_clock=True)
    play = page.get_by_role("button", name="Pause")
    play.press("End")
    page.clock.run_for(300)
    assert 0 < position(page) < 0.5
    assert is_playing(page)
    page.get_by_role("button", name="Loop").click()
    page.get_by_role("slider", name="Position").press("End")
    page.clock.run_for(300)
    assert position(page) == pytest.approx(DURATION)
    assert not is_playing(page)
    page.get_by_role("button", name="Play", exact=True).click()
    page.clock.run_for(300)
    assert 0 < position(page) < 0.5


def test_two_figures_stay_in_step(open_player: Any) -> None:
    """Two panels of one motion show the same at every moment: they differ far less than one differs a frame later."""
    page = open_player("figures=2&same=yes", stopped_clock=True)
    apart, moved = [], []
    for _ in range(5):
        page.clock.run_for(40)
        between, since = page.locator(".drawing").evaluate(
            """canvas => {
                const context = canvas.getContext('2d');
                const half = canvas.width / 2;
                const [one, two] = [0, half].map((x) => context.getImageData(x, 0, half, canvas.height).data);
                const differing = (other) => one.filter((value, i) => Math.abs(value - other[i]) > 32).length;
                const before = window.before ?? one;
                window.before = one;
                return [differing(two), differing(before)];
            }"""
        )
        apart.append(between)
        moved.append(since)
    assert min(moved[1:]) > 20 * max(apart), (apart, moved)  # edges are smoothed at fractions of a pixel
    assert min(moved[1:]) > 0


def test_a_rerun_leaves_it_running(open_player: Any, wait_ready: Any) -> None:
    page = open_player()
    page.get_by_role("combobox", name="Speed").select_option("0.25")
    page.get_by_role("button", name="Trail").click()
    page.get_by_role("button", name="Pause").press("Home")
    page.evaluate(
        """window.shown = [];
        document.addEventListener('stickgen:frame', ({ detail }) => window.shown.push(detail))"""
    )
    page.get_by_role("button", name="Rerun 0").click()
    page.get_by_role("button", name="Rerun 1").wait_for()
    wait_ready(page)
    wait_until_moved(page)
    shown = page.evaluate("window.shown")
    times = [detail["time"] for detail in shown]
    assert len(times) > 2
    assert times == sorted(times)
    assert max(after - before for before, after in pairwise(times)) < 0.25, "it jumped"
    assert {detail["key"] for detail in shown} == {"player"}
    assert page.get_by_role("combobox", name="Speed").input_value() == "0.25"
    assert page.get_by_role("button", name="Trail").get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("playing", [True, False])
def test_other_figures_take_over_where_it_stands(open_player: Any, wait_ready: Any, playing: bool) -> None:
    page = open_player()
    page.get_by_role("combobox", name="Speed").select_option("0.25")
    if not playing:
        page.get_by_role("button", name="Pause").click()
    page.get_by_role("slider", name="Position").fill("1")
    before = picture(page)
    page.get_by_text("1.5", exact=True).first.click()
    wait_ready(page)
    eventually(page, lambda: picture(page) != before)
    assert is_playing(page) == playing
    assert 1 < position(page) < DURATION if playing else position(page) == 1


def test_it_goes_on_after_it_was_gone(open_player: Any, wait_ready: Any) -> None:
    page = open_player()
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("slider", name="Position").press("End")
    show = page.get_by_text("Show", exact=True)
    show.click()
    page.locator(".player").wait_for(state="detached")
    show.click()
    page.locator(".player").wait_for()
    wait_ready(page)
    assert not is_playing(page)
    assert position(page) == pytest.approx(DURATION)


def test_a_call_that_was_overtaken_leaves_the_player_to_the_later_one(
    open_page: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streamlit calls again while the first call still loads, and cleans up after the first when both are done."""
    sent: dict[str, Any] = {}
    monkeypatch.setattr(player, "_COMPONENT", lambda **given: sent.update(given))
    walk = SimpleNamespace(frames=Performance(clip="walk").frames(FRAMES, "v3"), skeleton="v3", frame_rate=RATE)
    player.motion_player([player.Figure(motion=walk)], key="own")
    css, html = ((Path(player.__file__).parent / name).read_text() for name in ("player.css", "player.html"))
    page = open_page(f"{url}/?autoplay=no")
    page.evaluate(
        """async ({ script, html, data }) => {
            const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
            const { default: update } = await import(url);
            const parentElement = document.createElement('div');
            Object.assign(parentElement, { id: 'own', innerHTML: html });
            parentElement.style.cssText = 'position: fixed; inset: 0; z-index: 1000000';
            document.body.append(parentElement);
            const first = update({ data, parentElement });
            window.second = update({ data: { ...data }, parentElement });
            first();
        }""",
        {"script": player.script(), "html": f"<style>{css}</style>{html}", "data": sent["data"]},
    )
    frame = page.locator("#own .player")
    shown = frame.get_attribute("data-frame")
    eventually(page, lambda: frame.get_attribute("data-frame") != shown)
    page.evaluate("window.second()")
    page.evaluate(TEN_FRAMES)
    stopped = frame.get_attribute("data-frame")
    page.evaluate(TEN_FRAMES)
    assert frame.get_attribute("data-frame") == stopped


def test_reduced_motion_shows_a_still_with_a_play_button(open_player: Any) -> None:
    page = open_player(reduced_motion="reduce")
    still = picture(page)
    page.wait_for_timeout(300)
    assert not is_playing(page)
    assert picture(page) == still
    page.get_by_role("button", name="Play the motion").click()
    assert is_playing(page)
    assert not page.get_by_role("button", name="Play the motion").is_visible()
    wait_until_moved(page)
    assert picture(page) != still


def test_it_draws_as_often_as_its_pace_asks(open_player: Any) -> None:
    page = open_player()
    count = """async canvas => {
        const context = canvas.getContext('2d');
        const clear = context.clearRect.bind(context);
        let drawn = 0;
        context.clearRect = (...box) => { drawn += 1; clear(...box); };
        const began = performance.now();
        await new Promise((done) => setTimeout(done, 1000));
        delete context.clearRect;
        return drawn / ((performance.now() - began) / 1000);
    }"""
    page.get_by_text("slow", exact=True).click()  # a change of data is drawn softly, and more often at first
    eventually(page, lambda: 1 <= page.locator(".drawing").evaluate(count) <= RATE + 2)
    page.get_by_text("rest", exact=True).click()
    eventually(page, lambda: page.locator(".drawing").evaluate(count) == 0)
    assert is_playing(page)
    page.get_by_text("screen", exact=True).click()
    wait_until_moved(page)


def test_it_rests_while_out_of_sight(open_player: Any) -> None:
    page = open_player()
    host = page.get_by_test_id("stBidiComponentIsolated")
    host.evaluate("element => { element.style.transform = 'translateY(4000px)'; }")

    def rests() -> bool:
        before = position(page)
        page.evaluate(TEN_FRAMES)
        return position(page) == before

    eventually(page, rests)
    assert is_playing(page)
    host.evaluate("element => { element.style.transform = ''; }")
    wait_until_moved(page)


def test_it_follows_the_theme_and_the_width(open_player: Any) -> None:
    page = open_player("autoplay=no", color_scheme="light")
    light = picture(page)
    page.emulate_media(color_scheme="dark")
    page.locator(".player[data-scheme=dark]").wait_for()
    assert picture(page) != light
    page.set_viewport_size({"width": 600, "height": 700})
    widths = "canvas => canvas.width === canvas.clientWidth && canvas.width < 600"
    eventually(page, lambda: page.locator(".drawing").evaluate(widths))


def test_text_stays_text(open_player: Any) -> None:
    page = open_player("figures=2&layout=overlay")
    assert page.locator(".legend li").all_inner_texts() == [
        "Left side", "Right side", "Figure 1 <b>", "Figure 2 <b>",
    ]  # fmt: skip
    assert page.locator(".player b").count() == 0


def test_tracks_are_in_step_and_can_be_pointed_at(open_player: Any) -> None:
    page = open_player("tracks=yes&autoplay=no")
    slider = page.get_by_role("slider", name="Position")
    slider.press("Home")
    feet = page.locator(".track", has_text="Height of the feet")
    charts = feet.locator(".chart")
    assert "l_shin from 0 to 0.1" in charts.get_attribute("aria-label")
    before = charts.evaluate("canvas => canvas.toDataURL()"), feet.locator(".value").all_inner_texts()
    box = charts.bounding_box()
    charts.click(position={"x": box["width"] * 0.6, "y": box["height"] / 2})
    assert 0.4 * DURATION < position(page) < 0.7 * DURATION
    after = charts.evaluate("canvas => canvas.toDataURL()"), feet.locator(".value").all_inner_texts()
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_phone_has_room_and_large_targets(open_player: Any) -> None:
    page = open_player("figures=4&tracks=yes", width=375, has_touch=True)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 375
    sizes = page.locator(".player").evaluate(
        """player => [...player.querySelectorAll('button, select, .scrubber')].filter(
            (control) => !control.hidden
        ).map((control) => {
            const { width, height, left, right } = control.getBoundingClientRect();
            return { name: control.className, small: Math.min(width, height), left, right };
        })"""
    )
    assert len(sizes) == 7
    for size in sizes:
        assert size["small"] >= 44, size
        assert size["left"] >= 0, size
        assert size["right"] <= 375, size


@pytest.mark.parametrize(
    ("query", "width"),
    [
        ("origins=pixels", 1280),
        ("origins=pelvis&skeleton=v1", 375),
        ("origins=image,far,pelvis", 375),
        ("origins=,far,image&layout=overlay", 1280),
        ("origins=pixels,&leaps=yes&layout=overlay&height=160", 375),
        ("origins=,&leaps=yes&skeleton=v1", 1280),
    ],
)
def test_a_figure_is_whole_wherever_it_stands(open_player: Any, query: str, width: int) -> None:
    """At every moment, between frames too, each panel holds a figure, and no pixel of it or its trail at its edges."""
    page = open_player(f"autoplay=no&{query}", width=width)
    seen = page.locator(".player").evaluate(
        """(player) => {
            const [drawing, backdrop, scrubber, trail] =
                ['drawing', 'backdrop', 'scrubber', 'trail'].map((name) => player.querySelector('.' + name));
            const labels = [...player.querySelectorAll('.labels span')].map(({ style }) => style);
            const boxes = labels.map(({ left, top }) => [left, top].map((at) => Math.round(parseFloat(at))));
            const pixels = (canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            const { width, height } = drawing;
            const edges = [];
            const beside = (line, size) => [line - 1, line].filter((at) => at >= 0 && at < size);
            const down = [0, height, ...boxes.map(([, y]) => y)].flatMap((y) => beside(y, height));
            for (const y of down) for (let x = 0; x < width; x += 1) edges.push(4 * (y * width + x));
            for (const box of [...boxes, [0, 0], [width, 0]]) {
                const end = Math.min(height, ...down.filter((y) => y > box[1]));
                for (const x of beside(box[0], width)) {
                    for (let y = box[1]; y < end; y += 1) edges.push(4 * (y * width + x));
                }
            }
            const seen = { cut: 0, trailing: 0, least: Infinity, trailed: 0 };
            for (let seconds = 0; seconds <= Number(scrubber.max); seconds += 0.11) {
                scrubber.value = String(seconds);
                scrubber.dispatchEvent(new Event('input'));
                const figure = pixels(drawing);
                seen.cut += edges.filter((edge) => figure[edge + 3] > 0).length;
                let count = 0;
                for (let i = 3; i < figure.length; i += 4) count += figure[i] > 128;
                seen.least = Math.min(seen.least, count);
                const before = pixels(backdrop);
                trail.click();
                const after = pixels(backdrop);
                trail.click();
                seen.trailing += edges.filter((edge) => before[edge] !== after[edge]).length;
                seen.trailed += before.some((value, i) => value !== after[i]);
            }
            return seen;
        }"""
    )
    assert seen["cut"] == seen["trailing"] == 0, seen
    assert seen["least"] > 100, seen
    assert seen["trailed"] > 20, seen


@pytest.mark.parametrize("query", ["tracks=yes&figures=2&layout=overlay", "autoplay=no&figures=3", "controls=play"])
def test_axe_finds_nothing(open_player: Any, query: str) -> None:
    page = open_player(query)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.locator(f".player[data-scheme={scheme}]").wait_for()
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 800})
            found = Axe().run(page, context={"include": [[".stBidiComponent"]]}).response["violations"]
            told = [(item["id"], item["impact"], item["nodes"][0]["html"]) for item in found]
            assert not told, f"{scheme}, {width} px wide: {told}"
