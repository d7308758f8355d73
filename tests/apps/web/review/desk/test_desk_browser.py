"""The desk in a real browser: jump to a fault, reject it, change a limit, and take a report along."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from formcheck.core.skeleton import INDEX
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.recording.patient import PatientPoint
from formcheck.drivers.recording.process_engine import ProcessEngine
from formcheck.drivers.therapist.corrected import load_corrections, load_kept, load_measured, load_shown
from formcheck.sources.pose_track import open_track

from .....conftest import keep_pages
from ....browsing import LOOKS, SCREENS, expect, keep_picture, wait_for
from ....conftest import write_film

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser]
KEY, EARLIER = "b" * 32, "c" * 32
HINGE = "hamstring_hinge_standing"
HOSTILE = '"><script>document.title="broken"</script>'


@pytest.fixture(scope="module")
def checked(tmp_path_factory, checkout):
    """Return two checked recordings of one movement, made once for the file."""
    made = {}
    for key, name in ((KEY, "hinge_knee_bent"), (EARLIER, "hinge_good")):
        made[key] = tmp_path_factory.mktemp("checked") / key
        check_recording(checkout / "tests" / "data" / f"{name}.parquet", movement=HINGE, out=made[key])
        card = {"recording": f"{name} {HOSTILE}.mp4", "movement": "Standing hamstring stretch"}
        (made[key] / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return made


@pytest.fixture
def desk(visit, app, checked):
    """Return a function that opens the desk on the bent knee."""
    for key, folder in checked.items():
        shutil.copytree(folder, app.results / key)

    def open_desk(**how):
        visitor = visit(f"/review/desk?result={KEY}", **how)
        visitor.page.wait_for_selector("body[data-ready]")
        return visitor

    return open_desk


def sign(page, name="A. Therapist"):
    page.get_by_label("Who corrects").fill(name)


def headline(page):
    return page.locator(".headline > span:last-child")


def test_opens_at_the_first_fault_and_steps_by_pictures(desk, app):
    page = desk().page
    knee = next(fault for fault in load_measured(app.results / KEY).faults if fault.id == "stretch_knee_bent")
    place = page.get_by_role("slider", name="Position in the recording")
    assert float(place.get_attribute("aria-valuenow")) == pytest.approx(knee.from_s, abs=0.01)
    number = int(page.locator("#clock").inner_text().split("picture ")[1].split(" of")[0])
    page.locator("#stage").focus()
    for press, change in (("ArrowRight", 1), ("ArrowLeft", -1), ("Shift+ArrowRight", 10), ("Home", None)):
        page.keyboard.press(press)
        number = 1 if change is None else number + change
        expect(page.locator("#clock")).to_contain_text(f"picture {number} of 168")
    page.keyboard.press("l")
    wait_for(page, "!document.querySelector('#clock').textContent.includes('picture 1 of')")
    page.keyboard.press("k")
    page.keyboard.press("End")
    page.keyboard.press("j")
    wait_for(page, "!document.querySelector('#clock').textContent.includes('picture 168 of')")
    page.keyboard.press("k")
    box = place.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 8)
    middle_s = load_measured(app.results / KEY).source.duration_s / 2
    assert float(place.get_attribute("aria-valuenow")) == pytest.approx(middle_s, abs=0.1)


def test_each_picture_of_a_film_is_met_exactly(desk, app):
    write_film(app.results / KEY / "undrawn.mp4")
    page = desk().page
    wait_for(page, "document.querySelector('video').readyState >= 2")
    times_s = [pose.time_s for pose in open_track(app.results / KEY / "poses.parquet")]
    page.locator("#stage").focus()
    page.keyboard.press("Home")
    for number in range(1, 6):
        page.keyboard.press("ArrowRight")
        shown = "(video => !video.seeking && video.currentTime)(document.querySelector('video'))"
        wait_for(page, f"{times_s[number]} <= {shown} && {shown} < {times_s[number + 1]}")


def test_rejecting_the_last_fault_changes_the_verdict_at_once(desk, app):
    page = desk().page
    before = headline(page).inner_text()
    page.get_by_role("button", name="Reject Stretch knee bent").click()
    expect(page.locator("#status")).to_contain_text("who corrects")  # no correction without a name
    sign(page)
    page.get_by_role("button", name="Reject Stretch knee bent").click()
    expect(headline(page)).not_to_have_text(before)
    shown = load_shown(app.results / KEY)
    assert (shown.verdict, load_measured(app.results / KEY).verdict) == ("ok", "warn")
    assert [one.by for one in load_corrections(app.results / KEY).entries] == ["A. Therapist"]
    expect(page.locator(".fault.rejected")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(headline(page)).to_have_text(before)
    assert load_shown(app.results / KEY).verdict == "warn"


def test_two_raters_judge_one_fault_each_for_themselves(desk, app):
    page = desk().page
    before = headline(page).inner_text()
    sign(page, "Ana")
    page.get_by_role("button", name="Reject Stretch knee bent").click()
    expect(page.locator(".fault.rejected .status")).to_have_text("rejected · Ana")
    expect(page.get_by_role("button", name="Take back: Rejected: stretch knee bent")).to_be_visible()
    sign(page, "Ben")
    page.get_by_role("button", name="Accept Stretch knee bent").click()
    expect(page.locator(".fault.accepted .status")).to_have_text("accepted · Ben")
    expect(headline(page)).to_have_text(before)
    assert [(one.by, one.kind) for one in load_corrections(app.results / KEY).list_active()] == [
        ("Ana", "reject_fault"), ("Ben", "accept_fault"),
    ]  # fmt: skip


def test_faults_parts_holds_and_joints_are_corrected(desk, app):
    page = desk().page
    sign(page)
    folder = app.results / KEY
    page.locator("#stage").focus()
    for seconds, key in ((1.0, "i"), (2.0, "o")):
        page.keyboard.press("Home")
        for _ in range(round(15 * seconds)):
            page.keyboard.press("ArrowRight")
        page.keyboard.press(key)
    page.get_by_label("Fault to add").select_option("back_rounding")
    page.get_by_role("button", name="Add this fault").click()
    expect(page.locator(".fault.added")).to_have_count(1)
    added = next(fault for fault in load_shown(folder).faults if fault.id == "back_rounding")
    assert (added.from_s, added.to_s) == (pytest.approx(1.0, abs=0.07), pytest.approx(2.0, abs=0.07))
    held = load_shown(folder).repetitions[0].hold_end_s
    edge = page.get_by_role("button", name="End of hold 1")
    edge.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator(".log li")).to_have_count(2)
    assert load_shown(folder).repetitions[0].hold_end_s == pytest.approx(held - 0.2, abs=0.07)
    move_a_joint(page, folder)
    expect(page.locator(".log li")).to_have_count(3)
    page.get_by_role("tab", name="Corrections").click()
    expect(page.locator(".log li")).to_have_count(3)
    moved = load_corrections(folder).list_active()[-1]
    assert (moved.kind, moved.landmark.removeprefix("left_").removeprefix("right_")) == ("move_joint", "knee")


def move_a_joint(page, folder):
    """Drag the left knee 30 pixels to the right, where the knee begins to bend."""
    page.get_by_role("button", name="Show Stretch knee bent").first.click()
    page.get_by_role("radio", name="Move a joint").click()
    from_s = next(fault.from_s for fault in load_measured(folder).faults if fault.id == "stretch_knee_bent")
    pose = min(open_track(folder / "poses.parquet"), key=lambda one: abs(one.time_s - from_s))
    box = page.locator("#stage").bounding_box()
    scale = min(box["width"] / pose.size_px[0], box["height"] / pose.size_px[1])
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    knee = pose.xy_px[INDEX["left_knee"]]
    x, y = (middle[axis] + (float(knee[axis]) - pose.size_px[axis] / 2) * scale for axis in (0, 1))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=3)
    page.mouse.up()


def test_a_joint_is_moved_with_the_keyboard_alone(desk, app):
    page = desk().page
    sign(page)
    page.get_by_role("radio", name="Move a joint").click()
    page.locator("#joint").select_option("left_knee")
    page.locator("#stage").focus()
    for _ in range(4):
        page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".log li")).to_have_count(1)
    [moved] = load_corrections(app.results / KEY).list_active()
    poses = open_track(app.results / KEY / "poses.parquet")
    knee = next(pose.xy_px[INDEX["left_knee"]] for pose in poses if pose.time_s == moved.at_s)
    assert (moved.x_px, moved.y_px) == (pytest.approx(knee[0] + 4, abs=0.06), pytest.approx(knee[1], abs=0.06))


def test_a_limit_is_checked_as_it_is_typed_and_then_judged(desk, app, checkout):
    visitor = desk()
    page = visitor.page
    page.get_by_role("tab", name="Prescribe").click()
    sign(page)
    page.get_by_label("Patient (name or code)").fill(HOSTILE)
    page.get_by_label("Hold, seconds").fill("-3")
    expect(page.get_by_text("expected greater than 0")).to_be_visible()
    expect(page.get_by_role("button", name="Keep, and judge this recording again")).to_be_disabled()
    page.get_by_label("Hold, seconds").fill("4")
    page.get_by_label("Stretched knee, limit, from").fill("100")
    page.get_by_label("Stretched knee, target, from").fill("110")
    expect(page.get_by_text("Hold: 4 s instead of 20 s")).to_be_visible()
    keep_picture(checkout, visitor, "desk-prescribe")
    before = headline(page).inner_text()
    page.get_by_role("button", name="Keep, and judge this recording again").click()
    expect(headline(page)).not_to_have_text(before)
    expect(page.locator(".own")).to_contain_text("Hold: 4 s instead of 20 s")
    assert load_shown(app.results / KEY).verdict == "ok"
    assert load_kept(app.results / KEY).patient == HOSTILE
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click()
    assert "hold_s = 4" in download.value.path().read_text("utf-8")
    page.get_by_role("button", name="Take the prescription away").click()
    expect(headline(page)).to_have_text(before)
    assert load_kept(app.results / KEY) is None


def test_a_plan_of_several_movements_is_written_and_practised(desk, app):
    page = desk().page
    page.get_by_role("tab", name="Prescribe").click()
    sign(page)
    page.get_by_label("Patient (name or code)").fill("A-17")
    page.get_by_label("Add a movement").select_option("glute_bridge")
    page.get_by_label("Add a movement").select_option("cat_cow")
    row = page.locator(".plan-rows li").first
    row.get_by_label("Repetitions").fill("-2")
    expect(row).to_contain_text("Expected greater than or equal to 1")
    row.get_by_label("Repetitions").fill("5")
    page.get_by_role("button", name="Take Cat-cow away").click()
    page.get_by_role("button", name="Keep, and judge this recording again").click()
    page.get_by_role("button", name="Practise by it on this computer").click()
    expect(page.locator("#status")).to_have_text(re.compile("Today follows this plan now"))
    assert [(one.movement, one.repetitions) for one in load_kept(app.results / KEY).movements] == [
        (HINGE, None), ("glute_bridge", 5),
    ]  # fmt: skip
    assert (app.data / "prescription.toml").read_bytes() == (app.results / KEY / "prescription.toml").read_bytes()


def test_report_and_exports_are_taken_along(desk, app, checkout):
    visitor = desk()
    page = visitor.page
    page.get_by_role("tab", name="Report").click()
    page.get_by_label("Patient, as it is to be printed").fill(HOSTILE)
    page.get_by_label("Compare with").select_option(EARLIER)
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    assert 1 <= keep_pages(checkout, download.value.path().read_bytes(), "desk-report-A4") <= 3
    page.get_by_label("Paper").select_option("Letter")
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the PDF").click()
    assert 1 <= keep_pages(checkout, download.value.path().read_bytes(), "desk-report-Letter") <= 3
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the HTML page").click()
    html = download.value.path().read_text("utf-8")
    assert "<script" not in html.lower()
    assert "&lt;script&gt;" in html
    for name, start in (("Excel: everything", b"PK"), ("FHIR bundle", b"{")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.path().read_bytes().startswith(start)
    keep_picture(checkout, visitor, "desk-report")


def test_another_body_is_laid_over_and_switched(desk, app, checkout):
    visitor = desk()
    page = visitor.page
    switch = page.get_by_role("button", name="Other body")
    expect(switch).to_be_hidden()
    page.get_by_label("Lay over").select_option(EARLIER)
    expect(page.locator("#ghost-words")).to_contain_text("same phase")
    drawn = "document.querySelector('#stage canvas').toDataURL()"
    keep_picture(checkout, visitor, "desk-ghost")
    with_ghost = page.evaluate(drawn)
    switch.click()
    without = page.evaluate(drawn)
    assert with_ghost != without
    switch.click()
    assert page.evaluate(drawn) == with_ghost
    page.locator("#stage").focus()
    page.keyboard.press("Home")
    expect(page.locator("#ghost-words")).to_contain_text("within repetitions")
    choice = page.get_by_label("Lay over")
    expect(choice.locator("option[value=sides]")).to_have_count(0)  # this recording has one side only
    choice.select_option("")
    expect(switch).to_be_hidden()


def test_a_movement_is_drafted_changed_kept_and_found(desk, app, checkout):
    visitor = desk()
    page = visitor.page
    page.get_by_role("tab", name="Draft").click()
    page.get_by_role("button", name="Draft it").click()
    expect(page.locator(".draft .state")).to_contain_text("give the new movement a name")
    page.get_by_label("Name of the new movement").fill(f"Wall bow {HOSTILE}")
    page.get_by_role("button", name="Draft it").click()
    text = page.get_by_label("The movement file")
    expect(text).to_be_visible()
    expect(page.locator(".draft .unsure li").first).to_be_visible()
    drafted = text.input_value()
    text.fill(drafted.replace("[dose]", "[dose"))
    keep = page.locator(".draft").get_by_role("button", name="Keep it")
    keep.click()
    expect(page.locator(".draft .state.problem")).to_contain_text("expected TOML")
    text.fill(drafted)
    keep_picture(checkout, visitor, "desk-draft")
    keep.click()
    expect(page.locator(".draft .state")).to_contain_text("is kept")
    [kept] = (app.data / "movements").iterdir()
    page.get_by_role("link", name="See it in the Library").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Wall bow {HOSTILE}")
    page.goto(f"{app.address}/practise?movement={kept.stem}")
    expect(page.locator(f".stretch[data-movement={kept.stem}]")).to_contain_text("(own)")
    visitor.complaints = [one for one in visitor.complaints if "400" not in one]  # the two refusals


def test_what_people_write_stays_text(desk):
    page = desk().page
    sign(page, HOSTILE)
    page.get_by_role("radio", name="Note").click()
    page.get_by_label("Words of the note").fill(HOSTILE)
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#plate")).to_have_text(HOSTILE)
    page.get_by_role("tab", name="Corrections").click()
    expect(page.locator(".log li")).to_contain_text(HOSTILE)
    assert page.locator("main script").count() == 0
    assert page.title() == f"hinge_knee_bent {HOSTILE}.mp4 · formcheck"


@pytest.mark.parametrize(("screen", "scheme"), LOOKS)
def test_desk_fits_its_screen(desk, checkout, screen, scheme):
    visitor = desk(size=SCREENS[screen], scheme=scheme)
    keep_picture(checkout, visitor, f"desk-{screen}-{scheme}")
    for name in ("Measures", "Corrections", "Prescribe", "Report", "Draft"):
        visitor.page.get_by_role("tab", name=name).click()
        assert visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, name


@pytest.mark.slow
def test_another_person_is_followed_after_one_click(visit, app, pair, checkout):
    """A hinge on the left, a plank on the right; the plank is checked, and then the hinge is clicked."""
    made = app.results / ("e" * 32)
    with ProcessEngine() as engine:
        check_recording(
            pair, movement="auto", engine=engine, out=made, annotate=True, keep_film=True,
            patient=PatientPoint(x=0.75, y=0.65, at_s=1.0),
        )  # fmt: skip
    (made / "card.json").write_text(json.dumps({"recording": "both.mp4", "movement": "Plank"}), encoding="utf-8")
    visitor = visit(f"/review/desk?result={'e' * 32}")
    page = visitor.page
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("#verdict")).to_contain_text("Follows the person who was chosen at 00:01.0")
    page.get_by_role("radio", name="Patient").click()
    page.locator("#stage").focus()
    page.keyboard.press("Home")
    box = page.locator("#stage video").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.65)
    keep_picture(checkout, visitor, "desk-patient")
    page.get_by_role("button", name="Follow this person").click()
    page.wait_for_url("**/review?result=*")
    page.get_by_role("region", name="Verdict").wait_for(timeout=300_000)
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Standing hamstring stretch")
    page.get_by_role("link", name="Correct, prescribe, report").click()
    page.wait_for_selector("body[data-ready]")
    expect(page.locator("#verdict")).to_contain_text("Follows the person who was chosen at 00:00.0")
    assert load_measured(made).patient.x == 0.75  # the first result is unchanged


def test_patient_is_pointed_at_with_keys_and_a_gone_film_is_said(desk):
    page = desk().page
    page.get_by_role("radio", name="Patient").click()
    page.locator("#stage").focus()
    page.keyboard.press("Alt+ArrowLeft")
    page.get_by_role("button", name="Follow this person").click()
    expect(page.locator("#status")).to_contain_text("The recording is no longer here")
