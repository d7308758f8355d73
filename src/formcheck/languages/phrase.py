"""A text for people that can be translated.

A `Phrase` is an English string like any other, so code, files and tests read English. It remembers its template and
what filled it; the last step before it leaves the server looks the template up in a catalogue and fills it again
(`translate.translate`). Text made with f-strings or `+` is a plain string, and stays English: use `format` and `join`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Protocol, Self

from pydantic import ValidatorFunctionWrapHandler, WrapValidator


class Translator(Protocol):
    """What a phrase needs of a language."""

    @property
    def keeps_capitals(self) -> bool:
        """Return whether words keep their capital inside a sentence, as German nouns do."""
        ...

    def find(self, template: str) -> str:
        """Return the translation of a template; the template itself without one."""
        ...


class Phrase(str):
    """One text for people, in English.

    Examples
    --------
    >>> Phrase("{done} of {of}").format(done=3, of=10)
    '3 of 10'
    """

    __slots__ = ()

    def format(self, *args: object, **values: object) -> Phrase:
        """Return the text filled with named values; a value may be a phrase itself."""
        if args:
            raise TypeError(f"expected named values for {str(self)!r}, got {args!r}; translations move them")
        return _Filled(self, values)

    def translate_by(self, language: Translator) -> str:
        """Return the text in another language."""
        return language.find(str(self))

    def __deepcopy__(self, _memo: object) -> Self:
        """Return itself: it never changes."""
        return self


class _Filled(Phrase):
    """A template and its values."""

    def __new__(cls, template: str, values: dict[str, object]) -> _Filled:
        made = super().__new__(cls, str(template).format(**values))
        made.template, made.values = template, values
        return made

    template: str
    values: dict[str, object]

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.template, self.values

    def translate_by(self, language: Translator) -> str:
        values = {name: translate_text(value, language) for name, value in self.values.items()}
        return language.find(str(self.template)).format(**values)


class _Joined(Phrase):
    """Several texts with the same text between them."""

    def __new__(cls, between: str, parts: tuple[str, ...]) -> _Joined:
        made = super().__new__(cls, str(between).join(parts))
        made.between, made.parts = between, parts
        return made

    between: str
    parts: tuple[str, ...]

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.between, self.parts

    def translate_by(self, language: Translator) -> str:
        parts = [str(translate_text(part, language)) for part in self.parts]
        return str(translate_text(self.between, language)).join(parts)


class _Cased(Phrase):
    """A text whose first letter is made large or small."""

    def __new__(cls, text: str, *, is_large: bool) -> _Cased:
        made = super().__new__(cls, _change_first(text, is_large=is_large))
        made.text, made.is_large = text, is_large
        return made

    text: str
    is_large: bool

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.text,), {"is_large": self.is_large}

    def translate_by(self, language: Translator) -> str:
        text = str(translate_text(self.text, language))
        return text if language.keeps_capitals and not self.is_large else _change_first(text, is_large=self.is_large)


def _change_first(text: str, *, is_large: bool) -> str:
    return (text[:1].upper() if is_large else text[:1].lower()) + text[1:]


def join(between: str, parts: Iterable[str]) -> Phrase:
    """Return the parts as one phrase.

    Examples
    --------
    >>> join(", ", [Phrase("head"), Phrase("hands")])
    'head, hands'
    """
    return _Joined(between, tuple(parts))


def capitalise(text: str) -> Phrase:
    """Return a text that begins with a capital.

    Examples
    --------
    >>> capitalise(Phrase("hands on thighs"))
    'Hands on thighs'
    """
    return _Cased(text, is_large=True)


def lower_first(text: str) -> Phrase:
    """Return a text for the middle of a sentence.

    Languages that write nouns with capitals keep them.

    Examples
    --------
    >>> lower_first(Phrase("Back shape"))
    'back shape'
    """
    return _Cased(text, is_large=False)


def translate_text(value: object, language: Translator) -> object:
    """Return a phrase in another language; anything else as it is."""
    return value.translate_by(language) if isinstance(value, Phrase) else value


def _keep_phrase(value: object, check: ValidatorFunctionWrapHandler) -> object:
    checked: object = check(value)
    return value if isinstance(value, Phrase) else checked


PhraseText = Annotated[str, WrapValidator(_keep_phrase)]
"""The type of a field that may hold a phrase: pydantic would make a plain string of it."""
