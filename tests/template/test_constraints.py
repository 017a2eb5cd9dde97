"""The table of pinned versions names the answers that bring them as `poe constraints` does."""

import itertools

from scripts.constraints import header, tags
from tests.support.questions import TEXTS, VALUES, feasible, render


def test_the_template_and_the_script_name_answers_alike() -> None:
    names = header().replace("# {% set constraints = [\n", "") + '{{ answers | join(" ") }}'
    for combination in itertools.product(*VALUES.values()):
        answers = dict(zip(VALUES, combination, strict=True))
        if feasible(answers):
            assert set(render(names, {**TEXTS, **answers}).split()) == tags(combination)
