"""The texts shown before a decision: kept for ever, each under the digest by which records name it."""

from __future__ import annotations

import pytest

from consent.records import Notice
from registry.casework.notices import PUBLISHED, Published, UnknownNotice, current, insist_published
from schemas.fields import checked_text

#: A record made long ago names its text by these; a text that changes is a new version, and a new line here.
EVER_PUBLISHED = {
    ("1", "en"): "9272547c0d8b9e4c3feeb1c42bc0862fdf4cd73dfe8ca23de8415e3bcb40d20a",
    ("2", "de"): "f24d70adbbf84d2891b141c250aa0ea40da076ad4f9496bab9a20f616b199d41",
    ("2", "en"): "393a67947467d761bc08a0a19c6ff476fed9e9b892cb0dc1ac7689c04cb5f0a9",
    ("2", "ar"): "b48691713fcf1c42e658bc2a07a24ff930841db2972d398046bc2d2e072dd527",
}


def test_no_text_that_was_ever_shown_is_changed_or_gone() -> None:
    assert {(one.version, one.language): one.sha256 for one in PUBLISHED} == EVER_PUBLISHED


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: f"{one.version}-{one.language}")
def test_every_text_ever_published_still_counts_as_shown(one: Published) -> None:
    insist_published(Notice(version=one.version, language=one.language, sha256=one.sha256))


def test_a_text_does_not_count_under_another_language_or_version() -> None:
    german = current("de")
    for version, language in (("1", "de"), ("2", "ar")):
        with pytest.raises(UnknownNotice):
            insist_published(Notice(version=version, language=language, sha256=german.sha256))


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("de", "de"),
        ("en", "en"),
        ("ar", "ar"),
        ("ar-SY", "ar"),
        ("de-simple", "de"),
        ("AR", "ar"),
        ("ti", "de"),
        ("", "de"),
    ],
)
def test_the_text_comes_in_the_language_wanted_or_else_in_the_original(wanted: str, shown: str) -> None:
    assert (current(wanted).language, current(wanted).version) == (shown, "2")


def test_only_the_original_counts_as_approved_until_a_human_compared_a_translation() -> None:
    """Design, section 10: a text that is not approved is shown with a badge and German beside it."""
    assert [one.language for one in PUBLISHED if one.is_approved] == ["de"]


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: f"{one.version}-{one.language}")
def test_a_text_holds_no_character_that_hides_or_reorders_what_is_read(one: Published) -> None:
    assert checked_text(one.text, max_length=2000) == one.text
