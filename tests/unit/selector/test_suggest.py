"""What a mistake is answered with."""

from __future__ import annotations

import pytest

from tests.unit.selector.cases import INVALID
from tortie.errors import Invalid
from tortie.selector import parse


@pytest.mark.parametrize(
    ("text", "column", "mend"),
    [
        ("a = 'x'", 3, "`==`"),
        ("a === 'x'", 5, "`==`"),
        ("a !== 'x'", 5, "`!=`"),
        ("a ! = 'x'", 3, "`!=`, without a blank"),
        ("a: 'x'", 2, "`==`"),
        ("a eq 'x'", 3, "`==`"),
        ("a < '5'", 3, "not numbers"),
        ("has(a) and has(b)", 8, "`&&`"),
        ("has(a) AND has(b)", 8, "`&&`"),
        ("has(a) or has(b)", 8, "`||`"),
        ("has(a) & has(b)", 8, "`&&`"),
        ("has(a) | has(b)", 8, "`||`"),
        ("has(a) has(b)", 8, "`&&`"),
        ("a == 'x', b == 'y'", 9, "`&&`"),
        ("not has(a)", 1, "`!has(a)`"),
        ("not a == 'x'", 1, "negate with `!`"),
        ("b", 1, "`has(b)`"),
        ("has(a) && b", 11, "`has(b)`"),
        ("a and b", 3, "`has(a)`"),
        ("has a", 1, "`has(a)`"),
        ("has (a)", 1, "`has(a)`"),
        ("has", 1, "`has(…)`"),
        ("has('a')", 5, "without quotes"),
        ("has(a b)", 7, "`has(a)`"),
        ("all", 1, "`all()`"),
        ("global ()", 1, "`global()`"),
        ("all(x)", 5, "nothing between"),
        ("global(x)", 8, "nothing between"),
        ("any()", 1, "`has(…)`, `all()` and `global()`"),
        ("a == x1", 6, "`'x1'`"),
        ("a in {x}", 7, "`'x'`"),
        ("a == 'x", 6, "another `'`"),
        ("a == \u201cx\u201d", 6, "quote with"),
        ("'x' == a", 1, "label name first"),
        ("a == {'x'}", 6, "one value in quotes"),
        ("a ==", 5, "one value in quotes"),
        ("a in 'x'", 6, "braces"),
        ("a in ['x']", 6, "`{…}`"),
        ("a {'x'}", 3, "`a in {…}`"),
        ("a in {'x' 'y'}", 11, "`,`"),
        ("a in {'x',,'y'}", 11, "value in quotes"),
        ("a in {'x'", 10, "`}`"),
        ("a not {'x'}", 3, "`not in`"),
        ("a Contains 'x'", 3, "`contains`"),
        ("a starts'x'", 3, "`starts with`"),
        ("a 'x'", 3, "`==`"),
        ("(has(a)", 8, "add a `)`"),
        ("has(a))", 7, "remove it"),
        ("()", 2, "after `(`"),
        ("has(a) &&", 10, "after `&&`"),
        ("!", 2, "after `!`"),
        ("|| has(a)", 1, "first"),
        ("*", 1, "`all()`"),
        ("a$b == 'x'", 2, "label name is made of"),
        ("has(a)\n", 7, "YAML"),
    ],
)
def test_mistake(text: str, column: int, mend: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert problem.column == column
    assert mend in problem.mend


@pytest.mark.parametrize("text", INVALID)
def test_every_fault_says_where_and_how_to_mend(text: str) -> None:
    with pytest.raises(ValueError, match="is not a selector: ") as caught:
        parse(text)
    assert isinstance(caught.value, Invalid)
    (problem,) = caught.value.problems
    assert 1 <= problem.column <= len(text) + 1
    assert problem.mend
    assert "\n" not in str(caught.value)
    shown = text.replace("\n", "\\n")
    assert f"`{shown}`" in problem.what or len(text) > 200
