"""The room is loaded as far as it is asked for, and gives everything that it names."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

from aboveboard import pricing


def test_it_gives_what_it_names():
    assert set(pricing._HOME) == set(pricing.__all__)
    for name in pricing.__all__:
        assert getattr(pricing, name) is not None
        assert name in dir(pricing)
    with pytest.raises(AttributeError):
        pricing.nothing  # noqa: B018


def test_no_name_is_hidden_by_a_module():
    assert not {module.name for module in pkgutil.iter_modules(pricing.__path__)} & set(pricing.__all__)


@pytest.mark.parametrize("light", ["errors", "facts", "pricing2yaml", "decimals"])
def test_who_needs_little_does_not_load_the_engine(light):
    said = f"import sys, aboveboard.pricing.{light}; print('aboveboard.pricing.quote' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


@pytest.mark.parametrize("alone", ["steps", "listed", "costs", "compiled", "order", "columns", "lawful"])
def test_each_module_can_be_the_first_one(alone):
    said = f"import aboveboard.pricing.{alone}"
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, check=False).returncode == 0
