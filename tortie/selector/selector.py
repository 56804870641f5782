"""A selector: an expression with its canonical text, its id and its compiled form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tortie.selector.match import Test, compile_test
from tortie.selector.syntax import Expression

__all__ = ["Selector"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Selector:
    """A question about labels; two selectors are equal when their canonical texts are.

    `str()` gives the canonical text. The id and the compiled form are made when first asked for.
    """

    expression: Final[Expression]
    _text: str = field(init=False)
    _id: str = field(init=False, default="")
    _test: Test | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_text", str(self.expression))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an object that has these labels, inherited ones included, is selected."""
        test = self._test
        if test is None:
            test = compile_test(self.expression)
            object.__setattr__(self, "_test", test)
        return test(labels)

    @property
    def id(self) -> str:
        """`s:` and the base64url text, without padding, of the SHA-224 of `s:` and the canonical text.

        Source: Calico `libcalico-go/lib/selector/parser` and `lib/hash`; api specification, 5.4.
        """
        if not self._id:
            from base64 import urlsafe_b64encode  # noqa: PLC0415 - start-up is paid by all, ids are asked for by few
            from hashlib import sha224  # noqa: PLC0415 - as above

            digest = sha224(f"s:{self._text}".encode()).digest()
            object.__setattr__(self, "_id", f"s:{urlsafe_b64encode(digest).decode().rstrip('=')}")
        return self._id

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Selector) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Selector({self._text!r})"
