"""Ask what the person knows about their own back, and use each answer.

Six short questions, asked once and changed at any time; and one on the day after a session. Each answer changes what
is offered, in which order, or what is said; a question whose answer changes nothing is not asked. Nothing here names a
cause. Codes leave this module with the words for them; the words decide nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from formcheck.languages.phrase import Phrase, join

from .body_areas import AREAS, BY_CODE, name_areas

AboutKind = Literal["map", "many", "one"]


@dataclass(frozen=True, slots=True)
class AboutQuestion:
    """One question about the person.

    Parameters
    ----------
    id : the key of its answer.
    text : as it is asked.
    kind : a map of the body, several answers, or one.
    answers : code and words of each.
    why : what the answer is for, said with the question.
    """

    id: str
    text: str
    kind: AboutKind
    answers: tuple[tuple[str, str], ...]
    why: str


ABOUT_QUESTIONS: tuple[AboutQuestion, ...] = (
    AboutQuestion(
        "where",
        Phrase("Where does it feel tight or sore?"),
        "map",
        tuple((area.code, area.name) for area in AREAS),
        Phrase("Stretches for these places come first."),
    ),
    AboutQuestion(
        "keeps_from",
        Phrase("What does it keep you from?"),
        "many",
        (
            ("shoes", Phrase("Bending down, as for my shoes")),
            ("sitting", Phrase("Sitting for long")),
            ("standing", Phrase("Standing or walking for long")),
            ("turning", Phrase("Turning, as in the car")),
            ("reaching", Phrase("Reaching up")),
            ("sleep", Phrase("Lying and sleeping")),
            ("sport", Phrase("Sport")),
            ("nothing", Phrase("Nothing")),
        ),
        Phrase("Stretches that practise this come first."),
    ),
    AboutQuestion(
        "does",
        Phrase("What do you do for your body already?"),
        "one",
        (
            ("nothing", Phrase("Not much at the moment")),
            ("walks", Phrase("I walk or cycle")),
            ("strength", Phrase("I train my strength")),
            ("stretches", Phrase("I stretch, now and then")),
            ("stretches_much", Phrase("I stretch, nearly every day")),
        ),
        Phrase("It decides whether stretching or support comes first, and how much to begin with."),
    ),
    AboutQuestion(
        "sitting",
        Phrase("How long do you sit on a usual day?"),
        "one",
        (
            ("little", Phrase("Less than 4 hours")),
            ("half", Phrase("4 to 8 hours")),
            ("much", Phrase("More than 8 hours")),
        ),
        Phrase("It decides whether a minute at the desk is offered."),
    ),
    AboutQuestion(
        "around",
        Phrase("What often goes with it?"),
        "many",
        (
            ("stress", Phrase("Stress, being tense")),
            ("tired", Phrase("Being tired")),
            ("sport", Phrase("Sport, without stretching after it")),
            ("standing", Phrase("A day on my feet")),
            ("still", Phrase("A day with little movement")),
            ("nothing", Phrase("Nothing that I know of")),
        ),
        Phrase("It decides what comes first, and whether the calm way is named."),
    ),
    AboutQuestion(
        "worse",
        Phrase("Does one movement make it worse?"),
        "one",
        (
            ("bend", Phrase("Bending forward")),
            ("arch", Phrase("Leaning or arching back")),
            ("turn", Phrase("Turning")),
            ("sit", Phrase("Sitting")),
            ("stand", Phrase("Standing")),
            ("none", Phrase("No, or I do not know")),
        ),
        Phrase("What asks for this movement is offered gently, and later."),
    ),
)
_QUESTION = {one.id: one for one in ABOUT_QUESTIONS}
MOST_ANSWERS = 12

_KEEPS_FROM: Mapping[str, tuple[str, ...]] = {
    "shoes": ("hamstring_hinge_standing", "hamstring_doorway_supine", "knee_to_chest_single"),
    "sitting": ("cat_cow", "kneeling_hip_flexor", "desk_microbreak"),
    "standing": ("glute_bridge", "pelvic_tilt_supine", "kneeling_hip_flexor"),
    "turning": ("spinal_twist", "cat_cow", "childs_pose_side_reach"),
    "reaching": ("chair_back_stretch", "childs_pose", "cobra"),
    "sleep": ("knee_to_chest_single", "knees_to_chest", "pelvic_tilt_supine"),
    "sport": ("hamstring_hinge_standing", "quadriceps_stretch", "plank"),
    "nothing": ("glute_bridge", "bird_dog", "cat_cow"),
}
_SUITS_TROUBLE: Mapping[str, tuple[str, ...]] = {
    "stress": ("childs_pose", "cat_cow", "knees_to_chest"),
    "tired": ("knees_to_chest", "childs_pose", "figure_four_supine"),
    "sport": ("quadriceps_stretch", "hamstring_doorway_supine", "figure_four_supine"),
    "standing": ("knees_to_chest", "pelvic_tilt_supine", "glute_bridge"),
    "still": ("warmup_march", "cat_cow", "desk_microbreak"),
}
SUPPORT = ("bird_dog", "glute_bridge", "plank", "pelvic_tilt_supine")
"""What supports instead of stretching."""
_DESK = ("desk_microbreak", "desk_posture")
_FLOOR_MOVEMENTS = ("knee_to_chest_single", "pelvic_tilt_supine", "glute_bridge")
_WORSE: Mapping[str, frozenset[str]] = {
    "bend": frozenset(
        {
            "hamstring_hinge_standing",
            "seated_forward_bend",
            "cat_cow",
            "childs_pose",
            "childs_pose_side_reach",
            "knees_to_chest",
            "knee_to_chest_single",
            "partial_crunch",
            "plough",
        }
    ),
    "arch": frozenset({"cobra", "cat_cow", "kneeling_hip_flexor", "quadriceps_stretch"}),
    "turn": frozenset({"spinal_twist", "childs_pose_side_reach"}),
    "sit": frozenset({"seated_forward_bend", "desk_posture"}),
    "stand": frozenset({"hamstring_hinge_standing", "quadriceps_stretch", "warmup_march"}),
}
_WORSE_SPINE = {"flexion_intended": "bend", "extension_intended": "arch"}
WORSE_WORDS: Mapping[str, str] = {
    "bend": Phrase("Begin small: you said that bending forward makes it worse."),
    "arch": Phrase("Begin small: you said that leaning back makes it worse."),
    "turn": Phrase("Begin small: you said that turning makes it worse."),
    "sit": Phrase("Keep it short: you said that sitting makes it worse."),
    "stand": Phrase("Keep it short: you said that standing makes it worse."),
}
HURTS_HERE = Phrase("It hurts there today. Begin small, and stop if it grows.")
AFTER_WORSE = Phrase("It was worse after last time. Do half of it today.")


def read_answers(said: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the answers that are known, in the order of the questions.

    Raises
    ------
    ValueError
        A question or an answer is unknown, or there are several where one is asked for; the message names it.
    """
    for key, codes in said.items():
        question = _QUESTION.get(key)
        if question is None:
            raise ValueError(f"{key[:40]}: expected one of {', '.join(_QUESTION)}")
        known = {code for code, _ in question.answers}
        if not set(codes) <= known or (question.kind == "one" and len(codes) > 1):
            raise ValueError(
                f"{key}: expected {'one' if question.kind == 'one' else 'some'} of {', '.join(sorted(known))}"
            )
    return {key: list(dict.fromkeys(said[key])) for key in _QUESTION if said.get(key)}


# What the answers choose ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ForYou:
    """What suits the person, and why.

    Parameters
    ----------
    movements : ids, the most useful first; empty if nothing was answered.
    reasons : codes of the answers that chose them.
    text : the reasons in one or two sentences.
    """

    movements: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    text: str = ""


FEW_TO_BEGIN = 3
MOST_FOR_YOU = 6


def choose_for_you(said: Mapping[str, Sequence[str]], offered: Iterable[str]) -> ForYou:
    """Return the stretches that suit the answers, of those that are offered.

    Parameters
    ----------
    said : the answers, by question.
    offered : ids that the gate leaves open or softened, in the order of the catalogue.

    Examples
    --------
    >>> choose_for_you({"where": ["thigh_back"], "worse": ["bend"]}, ["cat_cow", "hamstring_doorway_supine"]).movements
    ('hamstring_doorway_supine',)
    """
    points = _count_points(said)
    place = {one: number for number, one in enumerate(offered)}
    found = [one for one in points if one in place and points[one] > 0]
    if not found:
        return ForYou()
    found.sort(key=lambda one: (-points[one], place[one]))
    most = FEW_TO_BEGIN if _read_one(said, "does") == "nothing" else MOST_FOR_YOU
    return ForYou(tuple(found[:most]), *_explain(said))


def choose_routine(suits: Sequence[str], routines: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return the id of the routine that holds most of what suits the person.

    It is empty if none holds two of it.

    Parameters
    ----------
    suits : ids of movements, the most useful first.
    routines : id of each routine and the movements in it.

    Examples
    --------
    >>> choose_routine(["plank", "bird_dog", "cat_cow"], [("six", ["cat_cow"]), ("support", ["plank", "bird_dog"])])
    'support'
    >>> choose_routine(["plank"], [("support", ["plank", "bird_dog"])])
    ''
    """
    best, most = "", 0
    for routine_id, movements in routines:
        held = [len(suits) - place for place, one in enumerate(suits) if one in movements]
        if len(held) > 1 and sum(held) > most:
            best, most = routine_id, sum(held)
    return best


def _read_one(said: Mapping[str, Sequence[str]], question: str) -> str:
    return next(iter(said.get(question, ())), "")


def _list_wishes(said: Mapping[str, Sequence[str]]) -> Iterator[tuple[Sequence[str], float]]:
    """Give lists of movements with the points of the first one in each [E]."""
    does, sitting, worse = (_read_one(said, question) for question in ("does", "sitting", "worse"))
    for code in said.get("where", ()):
        yield (BY_CODE[code].movements if code in BY_CODE else ()), 3
    for code in said.get("keeps_from", ()):
        yield _KEEPS_FROM.get(code, ()), 2
    for code in said.get("around", ()):
        yield _SUITS_TROUBLE.get(code, ()), 1.5
    if does == "stretches_much":
        yield SUPPORT, 4
    if sitting == "much" or worse == "sit":
        yield _DESK, 3
    elif sitting == "half":
        yield _DESK, 2
    if worse == "stand":
        yield _FLOOR_MOVEMENTS, 2


def _count_points(said: Mapping[str, Sequence[str]]) -> dict[str, float]:
    points: dict[str, float] = {}
    for ids, most in _list_wishes(said):
        for place, one in enumerate(ids):
            points[one] = points.get(one, 0.0) + most - 0.3 * place
    for one in _WORSE.get(_read_one(said, "worse"), ()):
        points[one] = points.get(one, 0.0) - 2.5
    if _read_one(said, "sitting") == "little":
        points.update(dict.fromkeys(_DESK, 0.0))
    return points


_KEEPS_WORDS: Mapping[str, str] = {
    "shoes": Phrase("bending down"),
    "sitting": Phrase("sitting for long"),
    "standing": Phrase("standing for long"),
    "turning": Phrase("turning"),
    "reaching": Phrase("reaching up"),
    "sleep": Phrase("lying well"),
    "sport": Phrase("sport"),
}
_MORE_WORDS: Mapping[str, str] = {
    "does:nothing": Phrase("A few are plenty to begin with."),
    "does:strength": Phrase("You train your strength: stretch after it, on another part of the day or warm."),
    "does:stretches_much": Phrase("You stretch much already, so support comes first."),
    "sitting:much": Phrase("A minute at the desk each hour is part of it."),
    "around:stress": Phrase("When you are tense, the calm way may suit you."),
    "around:tired": Phrase("When you are tired, a little less is enough."),
    "around:sport": Phrase("After sport, while you are warm, is a good time."),
}


def _explain(said: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], str]:
    where, keeps = said.get("where", ()), said.get("keeps_from", ())
    codes = [f"where:{code}" for code in where] + [f"keeps_from:{code}" for code in keeps]
    more = (f"{question}:{_read_one(said, question)}" for question in ("does", "sitting"))
    codes += [code for code in more if code in _MORE_WORDS]
    codes += [code for one in said.get("around", ()) if (code := f"around:{one}") in _MORE_WORDS]
    named = [_KEEPS_WORDS[code] for code in keeps if code in _KEEPS_WORDS]
    areas, wishes = name_areas(list(where)), _join_wishes(named)
    sentences: list[str] = []
    if areas and wishes:
        sentences.append(Phrase("For {areas} and for {wishes}.").format(areas=areas, wishes=wishes))
    elif areas or wishes:
        sentences.append(Phrase("For {areas}.").format(areas=areas or wishes))
    sentences += [_MORE_WORDS[code] for code in codes if code in _MORE_WORDS]
    return tuple(codes), join(" ", sentences)


def _join_wishes(named: list[str]) -> str:
    if len(named) < 2:
        return named[0] if named else ""
    return Phrase("{first} and {last}").format(first=_join_wishes(named[:-1]), last=named[-1])


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the person said that softens a movement.

    Parameters
    ----------
    worse : the movement that makes it worse; empty for none.
    hurts : areas that hurt today.
    after_worse : ids of what was done before it was worse.
    prescribed : ids that a therapist chose for this person; empty = no plan.
    left_out : ids that the plan of the therapist leaves out.
    """

    worse: str = ""
    hurts: frozenset[str] = frozenset()
    after_worse: frozenset[str] = frozenset()
    prescribed: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()

    def soften(self, movement_id: str, spine_rule: str) -> list[tuple[str, str]]:
        """Return code and words of each reason to offer a movement gently."""
        found: list[tuple[str, str]] = []
        if movement_id in self.after_worse:
            found.append(("after_worse", AFTER_WORSE))
        if any(movement_id in BY_CODE[code].movements for code in self.hurts if code in BY_CODE):
            found.append(("hurts_here", HURTS_HERE))
        asks = movement_id in _WORSE.get(self.worse, ()) or (self.worse and _WORSE_SPINE.get(spine_rule) == self.worse)
        if asks:
            found.append((f"worse_{self.worse}", WORSE_WORDS[self.worse]))
        return found


# The day after --------------------------------------------------------------------------------------------------------

Lasted = Literal["lasted", "hours", "same", "worse"]
NEXT_DAY_ANSWERS: tuple[tuple[Lasted, str], ...] = (
    ("lasted", Phrase("Better, and it lasted until the next day")),
    ("hours", Phrase("Better for some hours")),
    ("same", Phrase("No difference")),
    ("worse", Phrase("Worse")),
)
NEXT_DAY_TEXT = Phrase("How was it after last time?")
ASKED_WITHIN = timedelta(days=7)
"""[E] Longer ago, nobody remembers."""
GONE_THAT_MATTERS = 3
"""So many times gone by the next day, one after the other (movements.md 4.3)."""
SUPPORT_ADVICE = Phrase(
    "It eased for some hours, several times now. Perhaps your back wants support more than another stretch: try the "
    "bridge or bird dog. A physiotherapist can look at it with you."
)
WORSE_ADVICE = Phrase("It was worse after last time. Do half today, and ask a professional if it happens again.")
LASTED_WORDS = Phrase("Good to know. The same again today is enough.")
SAME_WORDS = Phrase("Thank you. Another kind may suit you better: try something from another group today.")
HOURS_WORDS = Phrase("Thank you. Little and often is fine.")


def is_next_day_asked(last: date | None, answered: date | None, today: date) -> bool:
    """Return whether to ask how it was after the last session.

    Parameters
    ----------
    last : day of the last session, None without one.
    answered : day of the session that was answered last.
    today : the local day.

    Examples
    --------
    >>> monday = date(2026, 3, 2)
    >>> [is_next_day_asked(monday, None, monday + timedelta(days=days)) for days in (0, 1, 7, 8)]
    [False, True, True, False]
    """
    if last is None or answered == last:
        return False
    return timedelta(0) < today - last <= ASKED_WITHIN


def advise_next_day(said: Sequence[str]) -> tuple[str, str]:
    """Return code and words for the newest answer of the day after.

    Parameters
    ----------
    said : all answers, the oldest first.

    Examples
    --------
    >>> [advise_next_day(said)[0] for said in (["hours"], ["hours"] * 3, ["hours", "hours", "worse"])]
    ['hours', 'support', 'worse']
    """
    newest = said[-1] if said else ""
    if newest == "worse":
        return "worse", WORSE_ADVICE
    if len(said) >= GONE_THAT_MATTERS and all(one == "hours" for one in said[-GONE_THAT_MATTERS:]):
        return "support", SUPPORT_ADVICE
    known = {"lasted": LASTED_WORDS, "hours": HOURS_WORDS, "same": SAME_WORDS}
    return (newest, known[newest]) if newest in known else ("", "")
