"""Identities of tokenizers, which have to be those of the Java commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logitstream.tokenizer import tokenizer_identity

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "language-model/src/test/resources/io/logitstream/model/tokenizer"
IDENTITIES = dict(line.split() for line in (FIXTURES / "identities.txt").read_text().splitlines())


@pytest.mark.parametrize("folder", IDENTITIES)
def test_ids_and_merges_have_the_identity_that_java_writes(folder):
    assert tokenizer_identity(FIXTURES / folder).vocabulary == IDENTITIES[folder]


def changed(tmp_path, change, **layout):
    content = json.loads((FIXTURES / "byte-level/tokenizer.json").read_text())
    change(content)
    (tmp_path / "tokenizer.json").write_text(json.dumps(content, **layout))
    return tokenizer_identity(tmp_path)


def test_the_layout_of_a_file_and_the_form_of_its_merges_do_not_count(tmp_path):
    plain = tokenizer_identity(FIXTURES / "byte-level")

    def other_form(content):
        merges = content["model"]["merges"]
        content["model"]["merges"] = [m.split(" ") if isinstance(m, str) else " ".join(m) for m in merges]

    other = changed(tmp_path, other_form, indent=3)

    assert other.hash != plain.hash
    assert other.made(plain.hash, plain.vocabulary, plain.size)
    assert not other.made(plain.hash, None, plain.size) and not other.made(plain.hash, plain.vocabulary, plain.size + 1)


def test_an_id_or_a_merge_more_is_another_tokenizer(tmp_path):
    plain = tokenizer_identity(FIXTURES / "byte-level")
    without_merge = changed(tmp_path, lambda content: content["model"]["merges"].pop())
    assert not without_merge.made(plain.hash, plain.vocabulary, plain.size)
    token = {"id": plain.size, "content": "<more>", "special": True}
    assert changed(tmp_path, lambda content: content["added_tokens"].append(token)).size == plain.size + 1


def test_a_unigram_tokenizer_is_known_by_its_bytes(tmp_path):
    pieces = [["<unk>", 0.0], ["a", -1.5]]
    unigram = changed(tmp_path, lambda content: content["model"].update(type="Unigram", vocab=pieces))
    assert unigram.vocabulary is None
    assert unigram.made(unigram.hash, "f" * 64, unigram.size) and not unigram.made("e" * 64, "f" * 64, unigram.size)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "nonsense", '{"model": {"vocab": []}}', '{"model": {"vocab": {"a": "b"}}}']
)
def test_what_is_no_tokenizer_is_refused_by_its_name(text, tmp_path):
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(ValueError, match="tokenizer.json: not a tokenizer.json"):
        tokenizer_identity(tmp_path)
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        tokenizer_identity(tmp_path / "missing")
